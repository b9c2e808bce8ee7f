"""The address cycles of a die: two of the column, then three or four of the row, lowest first.

A row is, from its lowest bit: the page of the block, the plane, the block, the die of the chip;
each field as wide as its largest value needs, as ONFI has it.
"""

from __future__ import annotations

from dataclasses import dataclass

from .geometry import Geometry, cannot_be_emulated

COLUMN_CYCLES = 2
MOST_ROW_BITS = 32


@dataclass(frozen=True)
class Rows:
    """How rows of a geometry are packed; ``cycles`` address cycles each.

    Raises ``UsageError`` (EDGE-02256) where four cycles are too few.
    """

    page_bits: int
    plane_bits: int
    block_bits: int
    die_bits: int

    @classmethod
    def of(cls, geometry: Geometry) -> Rows:
        """For a geometry."""
        counts = (geometry.pages, geometry.planes, geometry.blocks, geometry.dies)
        rows = cls(*((count - 1).bit_length() for count in counts))
        if rows.bits > MOST_ROW_BITS:
            raise cannot_be_emulated(
                f"row addresses have {MOST_ROW_BITS} bits; {counts} pages, planes, blocks and dies "
                f"of a chip take {rows.bits}"
            )
        return rows

    @property
    def bits(self) -> int:
        """Of a row."""
        return self.page_bits + self.plane_bits + self.block_bits + self.die_bits

    @property
    def cycles(self) -> int:
        """Address cycles of a row: three, or four of a large chip."""
        return 3 if self.bits <= 24 else 4

    def pack(self, page: int, plane: int, block: int, die: int) -> bytes:
        """The row's address cycles."""
        value = die
        for part, bits in ((block, self.block_bits), (plane, self.plane_bits)):
            value = value << bits | part
        return (value << self.page_bits | page).to_bytes(self.cycles, "little")

    def unpack(self, row: bytes) -> tuple[int, int, int, int]:
        """Page, plane, block and die of a row's cycles; what is beyond the chip stays so."""
        value = int.from_bytes(row, "little")
        fields = []
        for bits in (self.page_bits, self.plane_bits, self.block_bits):
            fields.append(value & (1 << bits) - 1)
            value >>= bits
        return fields[0], fields[1], fields[2], value
