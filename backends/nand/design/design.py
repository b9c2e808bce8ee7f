"""The parameters of a device, as numbers. ``parameters.py`` says what each is, and its range.

A preset (``presets/*.toml``) gives each a value and a source; an address, an option of a prediction
or a sweep may change any.
"""

from __future__ import annotations

from dataclasses import dataclass

TARGETS = "nand:"  # what the targets of all designs begin with


@dataclass(frozen=True)
class Design:
    """One device. Times in microseconds or nanoseconds, rates in GB/s (1e9), energy in pJ."""

    name: str
    # Flash: a channel is a bus; a die has one core, which its planes share.
    channels: int
    chips: int  # of a channel
    dies: int  # of a chip
    planes: int  # of a die
    blocks: int  # of a plane
    pages: int  # of a block, as the cell kind has them
    page_bytes: int
    spare_bytes: int
    cell: str  # "slc", "lsb" (one bit of a TLC cell is used), "tlc"
    # Array and bus
    read_us: float
    program_us: float
    erase_us: float
    channel_mts: float  # million transfers a second
    channel_bits: int
    cycle_ns: float  # of a command, address or status cycle
    # Slice control: ordinary pages are sent in so many slices, in the gaps of read-computes
    slicing: bool
    slices: int
    # In-flash compute
    compute: bool  # whether dies have cores at all
    core_gmacs: float  # of 8-bit weights; 4-bit ones twice as many, 2-bit ones four times
    core_buffer_bytes: int  # inputs and partial sums together
    result_bytes: int  # of a partial sum on the channel
    # What reads pages: the NPU itself, or a host behind a link
    npu_helps: bool  # whether it computes a share of each matrix; all, where dies have no cores
    npu_rows: int
    npu_columns: int
    npu_mhz: float
    npu_macs: int  # of each processing element in a cycle
    npu_special_gops: float  # softmax, rotations, activations
    link_gb_s: float  # between flash and NPU or host; 0: no narrower than the channels
    # DRAM: the cache of keys and values, and weights where they pass through it
    dram_gb_s: float
    dram_gb: float
    dram_passes: int  # how often a weight that the NPU or host multiplies crosses the DRAM
    cache_bytes: int  # of an element of the cache
    # Energy, dynamic, in pJ for each bit or operation; static power in W
    read_pj_bit: float
    channel_pj_bit: float
    link_pj_bit: float
    dram_pj_bit: float
    core_pj_mac: float
    npu_pj_mac: float
    static_w: float
    # Wear
    erase_limit: float  # program and erase cycles of a block
    read_limit: float  # page reads of a block before it is rewritten
    factory_bad: float  # share of blocks that are bad from the start
    spare_blocks: float  # share of blocks kept for those that wear out
    # Cost
    flash_usd_gb: float
    dram_usd_gb: float
    core_area_um2: float  # of one core with its buffers; 0 where not known
    die_area_mm2: float  # 0 where not known

    @property
    def target(self) -> str:
        """What bundles for it say."""
        return TARGETS + self.name

    @property
    def cores_per_channel(self) -> int:
        """One for each die."""
        return self.chips * self.dies

    @property
    def cores(self) -> int:
        """Of the device."""
        return self.channels * self.cores_per_channel

    @property
    def channel_gb_s(self) -> float:
        """Of one channel."""
        return self.channel_mts * self.channel_bits / 8e3

    @property
    def npu_gmacs(self) -> float:
        """Products a second of the NPU's array, in 1e9."""
        return self.npu_rows * self.npu_columns * self.npu_macs * self.npu_mhz / 1e3

    @property
    def usable_blocks(self) -> int:
        """Of a plane: without those that are bad from the start, and without spare ones."""
        share = 1 - self.factory_bad - self.spare_blocks
        return int(self.blocks * share + 1e-9)  # 50 * (1 - 0.03 - 0.07) is 44.999 in floats

    @property
    def usable_pages(self) -> int:
        """Of the device, without bad and spare blocks."""
        return self.cores * self.planes * self.usable_blocks * self.pages

    @property
    def usable_bytes(self) -> int:
        """That models may take, without the spare bytes of pages."""
        return self.usable_pages * self.page_bytes

    @property
    def total_bytes(self) -> int:
        """Of all pages, without their spare bytes."""
        return self.total_pages * self.page_bytes

    @property
    def total_pages(self) -> int:
        """Of the device, spare blocks and bad ones included."""
        return self.cores * self.planes * self.blocks * self.pages
