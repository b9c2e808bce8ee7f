"""What a session of a model keeps in the device's DRAM, and whether there is room for it."""

from __future__ import annotations

from edgesdk.errors import DoesNotFit

from ..design.design import Design
from ..quantise.shape import CACHE_BYTES, ModelShape
from ..workload.dram import Kept


def dram_needed(shape: ModelShape, context: int) -> int:
    """Bytes of a cache of so many positions, and of the embedding's rows."""
    kept = Kept(
        shape.layers,
        shape.kv_heads,
        shape.head_size,
        CACHE_BYTES[shape.cache],
        shape.vocabulary,
        shape.hidden,
        4 if shape.wide_embedding else 2,
    )
    return kept.size(context)


def check_dram(shape: ModelShape, context: int, design: Design) -> None:
    """Raise ``DoesNotFit`` (EDGE-0938) where the DRAM cannot hold what a session keeps there.

    ``context``: positions of its cache, 0 for the model's.
    """
    positions = min(context or shape.context, shape.context)
    needed, have = dram_needed(shape, positions), int(design.dram_gb * 1e9)
    if needed > have:
        raise DoesNotFit(
            f"The DRAM of {design.name} has no room for a cache of {positions} tokens",
            evidence=f"{needed} bytes are needed, with the embedding; there are {have}",
            next_step="Open the model with a shorter context: emu:nand?context=NUMBER",
            code=38,
        )
