"""The contract model and the float reference side by side, stage by stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from edgesdk.decoder import reference
from edgesdk.decoder.config import HALVES
from edgesdk.decoder.weights import DecoderModel
from edgesdk_backends.fpga.numpy_model.engine import NumpyEngine

from .layout import Board

Stages = dict[str, NDArray]  # type: ignore[type-arg]


@dataclass(frozen=True, eq=False)
class Comparison:
    """``moved``: for each stage of codes, how far each one is from the reference's."""

    theirs: Stages
    mine: Stages
    moved: Stages

    @property
    def codes(self) -> int:
        return sum(found.size for found in self.moved.values())

    @property
    def moved_codes(self) -> int:
        return sum(np.count_nonzero(found) for found in self.moved.values())

    def first_moved(self) -> NDArray[np.int64] | None:
        """The first stage in which a code moved; later ones follow from it."""
        return next((found for found in self.moved.values() if found.any()), None)


def with_half_caches(patch: pytest.MonkeyPatch) -> None:
    """Let the reference keep keys and values as halves, as the accelerator does."""
    plain = reference.attend

    def attend(query: NDArray, keys: NDArray, values: NDArray) -> NDArray:  # type: ignore[type-arg]
        halves = [x.astype(np.float16).astype(np.float32) for x in (keys, values)]
        return plain(query, *halves)

    patch.setattr(reference, "attend", attend)


def compare(model: DecoderModel, tokens: Sequence[int]) -> Comparison:
    theirs: Stages = {}
    mine: Stages = {}
    reference.Reference(model, trace=copying(theirs)).prefill(tokens, every=True)
    Board(model).forward(NumpyEngine(trace=copying(mine)), tokens)
    assert list(theirs) == list(mine)
    for name in theirs:
        theirs[name] = in_my_order(model, name, theirs[name])
    codes = [name for name in theirs if name.endswith(".codes")]
    moved = {n: mine[n].astype(np.int64) - theirs[n].astype(np.int64) for n in codes}
    return Comparison(theirs, mine, moved)


def in_my_order(model: DecoderModel, name: str, values: NDArray) -> NDArray:  # type: ignore[type-arg]
    """What comes out of a query or key matrix, with RoPE's pairs side by side."""
    stage, _, kind = name.partition(".")[2].partition(".")[2].partition(".")
    if model.config.pairing != HALVES or stage not in ("query", "key") or kind not in ("", "sums"):
        return values
    heads = values.reshape(len(values), -1, 2, model.config.head_size // 2)
    return np.swapaxes(heads, 2, 3).reshape(values.shape)


def copying(into: Stages) -> reference.Trace:
    return lambda name, values: into.__setitem__(name, values.copy())
