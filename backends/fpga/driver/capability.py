"""What a decoder block says about itself, and whether this driver and a model suit it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from edgesdk.errors import DoesNotFit, NoDevice

from ..registers import BLOCKS, MAP_VERSION, NUMERIC_VERSION, WEIGHT_VERSION
from ..weights.index_code import LANES, TABLES
from .shape import Shape

# What must be the same, and its name: versions, and what the order of the weights rests on.
_EXPECTED = {
    "map_version": (MAP_VERSION, "register map"),
    "numeric_version": (NUMERIC_VERSION, "arithmetic"),
    "weight_version": (WEIGHT_VERSION, "weight format"),
    "tables": (TABLES, "tables of a tile"),
    "lanes": (LANES, "rows of a step"),
}


@dataclass(frozen=True)
class Capability:
    """The block's outputs, by their names in the register map."""

    identity: int
    map_version: int
    numeric_version: int
    weight_version: int
    tables: int
    lanes: int
    chunk: int
    max_hidden: int
    max_width: int
    max_intermediate: int
    max_head_size: int

    @classmethod
    def names(cls) -> list[str]:
        """Of the outputs."""
        return [field.name for field in fields(cls)]

    def check(self, shape: Shape) -> None:
        """Raise ``DoesNotFit`` (EDGE-0943) where a model exceeds what the block was built for."""
        wanted = {
            "hidden": (shape.hidden, self.max_hidden),
            "heads * head_size": (shape.width, self.max_width),
            "intermediate": (shape.intermediate, self.max_intermediate),
            "head_size": (shape.head_size, self.max_head_size),
        }
        over = [
            f"{name} is {size}, {size - most} more than the {most} that it serves"
            for name, (size, most) in wanted.items()
            if size > most
        ]
        if over:
            raise DoesNotFit(
                "The model is too large for the accelerator in the fabric",
                evidence="; ".join(over),
                next_step="Use a smaller model, or build a bitstream with larger maxima",
                code=43,
            )


def checked_capability(outputs: Mapping[str, int]) -> Capability:
    """What the outputs say. Raises ``NoDevice`` (EDGE-0310), ``DoesNotFit`` (EDGE-0942)."""
    found = Capability(**outputs)
    expected = BLOCKS["decoder"].identity
    if found.identity != expected:
        raise NoDevice(
            "What is in the fabric is not edgesdk's accelerator",
            evidence=f"it says 0x{found.identity:08X}, not 0x{expected:08X}",
            next_step="Load a bitstream that was built from this edgesdk's hls folder",
            code=10,
        )
    other = [
        f"{words}: it has {outputs[name]}, this edgesdk {wanted}"
        for name, (wanted, words) in _EXPECTED.items()
        if outputs[name] != wanted
    ]
    if other:
        raise DoesNotFit(
            "The accelerator in the fabric is of another version",
            evidence="; ".join(other),
            next_step="Build the bitstream again with this edgesdk, or use the edgesdk that built "
            "it",
            code=42,
        )
    return found
