"""Whether a model fits: its weights into the flash, its cache into the DRAM."""

from __future__ import annotations

from functools import lru_cache

from edgesdk.errors import ModelRefused

from ..design.consistency import check_spare
from ..design.design import Design
from ..workload.dram import Kept
from ..workload.workload import Matrix, Workload
from .rounds import matrix_slots, pages_of
from .tile import Tile, tile_of


def model_pages(design: Design, workload: Workload) -> int:
    """Pages that all weights take, every expert included; those at edges are partly empty."""
    tile = tile_of(design, workload.weight_bits, workload.activation_bytes)
    body = sum(
        kind.count * _pages(matrix, tile, design.compute)
        for kind in workload.layers
        for matrix in kind.matrices
    )
    if workload.head is None:
        return body
    tile = tile_of(design, workload.head_bits, workload.head_activation_bytes)
    return body + _pages(workload.head, tile, design.compute)


@lru_cache(maxsize=4096)
def _pages(matrix: Matrix, tile: Tile, compute: bool) -> int:
    if not compute:
        return -(-matrix.weights * matrix.copies // tile.weights)
    slots = matrix_slots(matrix.rows, matrix.inputs, tile)
    return matrix.copies * sum(group.count * pages_of(group, tile) for group in slots)


def dram_bytes(design: Design, workload: Workload, context: int) -> int:
    """Of keys and values of so many positions in all layers, and of the embedding where it fits."""
    kept = _kept(design, workload)
    return (
        kept.cache(context) if embedding_in_flash(design, workload, context) else kept.size(context)
    )


def embedding_in_flash(design: Design, workload: Workload, context: int) -> bool:
    """Whether the DRAM has no room for the embedding beside the cache: a token needs one row of it,
    which a page of flash gives as well."""
    return _kept(design, workload).size(context) > design.dram_gb * 1e9


def _kept(design: Design, workload: Workload) -> Kept:
    head_size = workload.query_width // workload.heads
    return Kept(
        workload.layer_count,
        workload.kv_width // head_size,
        head_size,
        design.cache_bytes,
        workload.vocabulary,
        workload.hidden,
    )


def check_capacity(design: Design, workload: Workload, context: int | None = None) -> int:
    """``model_pages``, when they fit.

    Raises ``ModelRefused``: EDGE-02240 for weights that do not fit into the flash, EDGE-02241 for a
    cache of ``context`` positions that does not fit into the DRAM; and
    ``UsageError`` (EDGE-02224) for spare bytes that do not hold the correction of these weights.
    """
    check_spare(design, workload.weight_bits)
    needed, there = model_pages(design, workload), design.usable_pages
    if needed > there:
        raise ModelRefused(
            f"{workload.name} is larger than the flash of {design.name}",
            evidence=f"its weights take {needed:,} pages ({needed * design.page_bytes / 1e9:.2f} "
            f"GB), of which there are {there:,} ({there * design.page_bytes / 1e9:.2f} GB) "
            "without bad and spare blocks",
            next_step="Choose narrower weights (weights=w4a16), or more blocks, chips or channels",
            code=240,
        )
    if context is not None:
        _check_dram(design, workload, context)
    return needed


def _check_dram(design: Design, workload: Workload, context: int) -> None:
    needed, there = dram_bytes(design, workload, context), design.dram_gb * 1e9
    if needed > there:
        raise ModelRefused(
            f"The DRAM of {design.name} has no room for {context} positions of {workload.name}",
            evidence=f"keys and values take {needed / 1e9:.2f} GB, and there are "
            f"{there / 1e9:.2f} GB",
            next_step="Ask for a shorter context, or give the design more: dram_gb",
            code=241,
        )
