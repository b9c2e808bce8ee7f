"""What every parameter of a design is: its unit, its range, one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from edgesdk.option_values import one_of, real, whole

from .design import Design

_YES = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True)
class Parameter:
    """One key of ``Design``.

    ``kind``: ``int``, ``float``, ``bool`` or ``str``. ``choices``: the only values, where there are
    few; else ``least`` to ``most``.
    """

    key: str
    kind: str
    unit: str
    about: str
    least: float = 0.0
    most: float = 0.0
    choices: tuple[Any, ...] = ()

    @property
    def range(self) -> str:
        """What it may be, for people."""
        if self.kind == "bool":
            return "yes, no"
        if self.choices:
            return ", ".join(str(choice) for choice in self.choices)
        return f"{plain(self.least)} to {plain(self.most)}"

    def read(self, text: str) -> Any:
        """The value of a text. Raises ``ValueError``, which says what it takes."""
        if self.kind == "bool":
            return _YES[one_of(*_YES)(text)]
        if self.choices:
            return self.checked(_number(one_of(*map(str, self.choices))(text), self.kind))
        if self.kind == "int":
            return whole(int(self.least), int(self.most))(text)
        return real(self.least, self.most)(text)

    def checked(self, value: Any) -> Any:
        """The value, a whole one as a float where that is meant. Raises ``ValueError``."""
        if self.kind == "float" and type(value) is int and self._within(value):
            value = float(value)
        if type(value).__name__ != self.kind:
            raise ValueError(f"{_KINDS[self.kind]}: {self.range}")
        if self.choices and value not in self.choices:
            raise ValueError(f"one of {self.range}")
        if not self.choices and self.kind != "bool" and not self._within(value):
            raise ValueError(f"{_KINDS[self.kind]}: {self.range}")
        return value

    def _within(self, value: float) -> bool:
        return self.least <= value <= self.most  # which is false of what is no number

    def text(self, value: Any) -> str:
        """A value with its unit, for people."""
        return f"{self.shown(value)} {self.unit}".rstrip()

    def shown(self, value: Any) -> str:
        """A value without its unit, as ``read`` takes it."""
        if self.kind == "bool":
            return "yes" if value else "no"
        return value if isinstance(value, str) else plain(value)


def plain(value: float) -> str:
    """A number with all its digits, and no more."""
    return f"{value:.0f}" if value == int(value) else str(value)


_KINDS = {"int": "a whole number", "float": "a number", "bool": "yes or no", "str": "a word"}


def _number(text: str, kind: str) -> Any:
    return int(text) if kind == "int" else text


# Key, unit, least, most (or the choices), and the sentence.
_ROWS: tuple[tuple[Any, ...], ...] = (
    ("channels", "", 1, 1024, "Buses between the flash and what reads it."),
    ("chips", "", 1, 1024, "Flash chips on each channel."),
    ("dies", "", 1, 64, "Dies in each chip; a die has one compute core."),
    ("planes", "", 1, 64, "Planes of a die, which share its core."),
    ("blocks", "", 1, 1 << 16, "Blocks of a plane, those that are bad or spare included."),
    ("pages", "", 1, 1 << 14, "Pages of a block that hold data, as the kind of cell has them."),
    ("page_bytes", "B", 512, 1 << 20, "Data of a page, a power of two."),
    ("spare_bytes", "B", 0, 1 << 17, "What a page has besides its data: mark, tag, code."),
    ("cell", "", ("slc", "lsb", "tlc"), "Bits of a cell: one; one of three in use; three."),
    ("read_us", "us", 0.01, 1e4, "Time from the array into the data register, tR."),
    ("program_us", "us", 0.01, 1e6, "Time to program a page, tPROG."),
    ("erase_us", "us", 0.01, 1e6, "Time to erase a block, tBERS."),
    ("channel_mts", "MT/s", 1, 1e5, "Million transfers a second on a channel."),
    ("channel_bits", "bit", (8, 16, 32, 64), "Width of a channel."),
    ("cycle_ns", "ns", 0.01, 1e4, "One command, address or status cycle on a channel."),
    ("slicing", "", None, "Whether ordinary pages are sent in slices, in the gaps of compute."),
    ("slices", "", 1, 256, "Slices of an ordinary page; they divide it evenly."),
    ("compute", "", None, "Whether dies have compute cores."),
    ("core_gmacs", "GMAC/s", 0, 1e4, "Products of a core, of 8-bit weights; 4-bit twice as many."),
    ("core_buffer_bytes", "B", 0, 1 << 24, "Buffer of a core: inputs and partial sums together."),
    ("result_bytes", "B", (1, 2, 4), "A partial sum on the channel."),
    ("npu_helps", "", None, "Whether the NPU or host multiplies weights that it reads itself."),
    ("npu_rows", "", 1, 4096, "Rows of the NPU's array of processing elements."),
    ("npu_columns", "", 1, 4096, "Columns of that array."),
    ("npu_mhz", "MHz", 1, 1e5, "Clock of the NPU."),
    ("npu_macs", "", 1, 4096, "Products of one processing element in one cycle."),
    ("npu_special_gops", "Gop/s", 0.001, 1e6, "Special functions: exponentials, rotations."),
    ("link_gb_s", "GB/s", 0, 1e5, "From flash to NPU or host, and back; 0: no limit."),
    ("dram_gb_s", "GB/s", 0.001, 1e5, "Rate of the DRAM."),
    ("dram_gb", "GB", 0.001, 1e5, "Size of the DRAM."),
    ("dram_passes", "", 0, 4, "How often a weight that the NPU or host reads crosses the DRAM."),
    ("cache_bytes", "B", (1, 2, 4), "One element of the cache of keys and values."),
    ("read_pj_bit", "pJ/bit", 0, 1e4, "Energy of a bit read from the array."),
    ("channel_pj_bit", "pJ/bit", 0, 1e4, "Energy of a bit on a channel."),
    ("link_pj_bit", "pJ/bit", 0, 1e4, "Energy of a bit on the link."),
    ("dram_pj_bit", "pJ/bit", 0, 1e4, "Energy of a bit to or from the DRAM."),
    ("core_pj_mac", "pJ", 0, 1e5, "Energy of a product in a core, its buffers included."),
    ("npu_pj_mac", "pJ", 0, 1e5, "Energy of a product in the NPU."),
    ("static_w", "W", 0, 1e4, "Power that is drawn all the time."),
    ("erase_limit", "", 1, 1e9, "Program and erase cycles that a block lasts."),
    ("read_limit", "", 1, 1e12, "Reads after which data must be written anew."),
    ("factory_bad", "", 0, 0.5, "Share of blocks that are bad from the start."),
    ("spare_blocks", "", 0, 0.5, "Share of blocks kept for those that wear out."),
    ("flash_usd_gb", "USD/GB", 0, 1e5, "Price of flash whose cells hold three bits."),
    ("dram_usd_gb", "USD/GB", 0, 1e5, "Price of the DRAM."),
    ("core_area_um2", "um2", 0, 1e9, "Area of one core with its buffers; 0: not known."),
    ("die_area_mm2", "mm2", 0, 1e5, "Area of one die; 0: not known."),
)


def _parameter(kind: str, key: str, unit: str, *rest: Any) -> Parameter:
    if rest[0] is None:
        return Parameter(key, kind, unit, rest[1])
    if isinstance(rest[0], tuple):
        return Parameter(key, kind, unit, rest[1], choices=rest[0])
    return Parameter(key, kind, unit, rest[2], rest[0], rest[1])


_OF_DESIGN = {field.name: str(field.type) for field in fields(Design)}
# Every key of Design but its name, in the order of Design.
PARAMETERS: Mapping[str, Parameter] = MappingProxyType(
    {row[0]: _parameter(_OF_DESIGN[row[0]], *row) for row in _ROWS}
)
