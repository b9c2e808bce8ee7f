"""Where a model's pages go on one design: the same model file has another layout on each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..design.design import Design
from ..mapping.placement import place
from ..mapping.rounds import matrix_slots
from ..mapping.split import split
from ..quantise.page_layout import PageLayout, laid_out_tile
from ..quantise.shape import Matrix, ModelShape
from ..timing.slot import pace_of


@dataclass(frozen=True)
class Kind:
    """Matrices alike: [rows, inputs] of ``bits`` a weight, times activations of some bytes."""

    rows: int
    inputs: int
    bits: int
    activation_bytes: int


def kind_of(matrix: Matrix) -> Kind:
    """What a matrix of a model file has in common with others."""
    return Kind(matrix.rows, matrix.inputs, matrix.bits, matrix.activation_bytes)


def kinds_of(shape: ModelShape) -> list[tuple[Kind, int]]:
    """The kinds of matrices of a model, and how many there are of each."""
    counted = Counter(map(kind_of, shape.matrices()))
    return sorted(counted.items(), key=lambda pair: astuple(pair[0]))


def model_layout(design: Design, shape: ModelShape) -> PageLayout:
    """The pages of a model. Raises ``UsageError`` (EDGE-02220) where no tile fits a core."""
    taken = {matrix.name: slots_taken(design, kind_of(matrix)) for matrix in shape.matrices()}
    return PageLayout(shape, design, taken)


@lru_cache(maxsize=256)
def slots_taken(design: Design, kind: Kind) -> tuple[int, ...]:
    """Of each group of a matrix's slots, how many the NPU takes: ``docs/nand-timing.md``."""
    tile = laid_out_tile(design, kind.bits, kind.activation_bytes)
    groups = matrix_slots(kind.rows, kind.inputs, tile)
    if not design.compute:  # whoever reads the pages multiplies them all
        return tuple(group.count for group in groups)
    pace = pace_of(design, kind.bits, kind.activation_bytes)
    return split(groups, pace.slot_seconds, pace.split_rate).taken


def pages_by_die(design: Design, kinds: Iterable[tuple[Kind, int]]) -> NDArray[np.int64]:
    """Pages of so many matrices of each kind, [channels, cores of a channel]."""
    found = np.zeros((design.channels, design.cores_per_channel), np.int64)
    for kind, count in kinds:
        tile = laid_out_tile(design, kind.bits, kind.activation_bytes)
        pages = place(kind.rows, kind.inputs, tile, slots_taken(design, kind))
        np.add.at(found, (pages.channel, pages.core), count)
    return found
