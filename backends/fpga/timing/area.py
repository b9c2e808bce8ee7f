"""How much of the part the blocks of the accelerator take, and what it has.

Three sorts of number: what yosys counted of the RTL (hls/rtl/budget.toml), memories counted from
the sizes of arrays and how their pragmas bank them, and float operators counted from the loops,
each at what Vitis HLS usually estimates for one.
"""

from __future__ import annotations

from dataclasses import dataclass

# AMD K26: XCK26, data sheet DS987.
PART = {"LUT": 117_120, "FF": 234_240, "BRAM36": 144, "URAM": 64, "DSP": 1_248}
SHARE = 0.8  # of each that a design may take and still be placed and routed with ease


@dataclass(frozen=True)
class Area:
    """Lookup tables (with those used as memory), flip-flops, memory blocks, multipliers."""

    lut: float = 0
    ff: float = 0
    bram36: float = 0
    uram: float = 0
    dsp: float = 0

    def __add__(self, other: Area) -> Area:
        return Area(
            self.lut + other.lut,
            self.ff + other.ff,
            self.bram36 + other.bram36,
            self.uram + other.uram,
            self.dsp + other.dsp,
        )

    def times(self, count: float) -> Area:
        """So many of it."""
        return Area(
            self.lut * count,
            self.ff * count,
            self.bram36 * count,
            self.uram * count,
            self.dsp * count,
        )

    def by_name(self) -> dict[str, float]:
        """As ``PART`` names them."""
        return {
            "LUT": self.lut,
            "FF": self.ff,
            "BRAM36": self.bram36,
            "URAM": self.uram,
            "DSP": self.dsp,
        }


def uram(bits: int, depth: int) -> Area:
    """A memory of URAM288: 72 bits x 4096 each."""
    return Area(uram=-(-bits // 72) * -(-depth // 4096))


def bram(bits: int, depth: int) -> Area:
    """A memory of BRAM, in the cheapest of its shapes; a small one takes half a block."""
    shapes = ((36, 512), (18, 1024), (9, 2048), (4, 4096), (2, 8192), (1, 16384))
    halves = min(-(-bits // width) * -(-depth // deep) for width, deep in shapes)
    return Area(bram36=halves / 2)


# Operators on binary32: what Vitis HLS usually estimates on UltraScale+ at 250 MHz, not a run of
# ours. A placed design has fewer lookup tables for each.
MULTIPLICATION = Area(lut=135, ff=128, dsp=3)  # maxdsp, 4 stages
ADDITION = Area(lut=214, ff=227, dsp=2)  # fulldsp, 7 stages
CONVERSION = Area(lut=220, ff=150)  # int to float, or to the nearest int
COMPARISON = Area(lut=66, ff=66)


@dataclass(frozen=True)
class Operators:
    """Float operators of a unit that starts anew every cycle."""

    multiplications: int = 0
    additions: int = 0
    conversions: int = 0
    comparisons: int = 0

    def __add__(self, other: Operators) -> Operators:
        return Operators(
            self.multiplications + other.multiplications,
            self.additions + other.additions,
            self.conversions + other.conversions,
            self.comparisons + other.comparisons,
        )

    def times(self, count: int) -> Operators:
        """So many of the unit."""
        return Operators(
            self.multiplications * count,
            self.additions * count,
            self.conversions * count,
            self.comparisons * count,
        )

    @property
    def area(self) -> Area:
        """Of all of them."""
        parts = MULTIPLICATION.times(self.multiplications) + ADDITION.times(self.additions)
        return parts + CONVERSION.times(self.conversions) + COMPARISON.times(self.comparisons)
