"""MEAN, SUM, REDUCE_MAX and REDUCE_MIN against LiteRT's reference kernels, to the bit."""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk_backends.mcu.host import HostRuntime
from edgesdk_backends.mcu.planner import plan
from edgesdk_backends.mcu.planner.tflite_graph import read_graph
from tests.backends_mcu.kernels.networks import (
    Spec,
    constant,
    examples,
    network,
    numbers,
    scale,
    shape,
    zero,
)
from tests.backends_mcu.oracle import check_model, litert


def _reduction(
    chance: np.random.Generator, kind: str, dtype: str
) -> tuple[bytes, Spec, Spec, tuple[int, ...]]:
    """A model, its input and output, and the axes."""
    rank = int(chance.integers(1, 4, endpoint=True))
    sizes = shape(chance, rank, 8)
    axes = sorted(chance.permutation(rank)[: int(chance.integers(1, rank, endpoint=True))])
    keep = bool(chance.random() < 0.5)
    kept = [1 if i in axes else n for i, n in enumerate(sizes) if keep or i not in axes]
    source = Spec(sizes, dtype, scale(chance), zero(chance, dtype))
    scheme = (scale(chance), zero(chance, dtype))
    if kind.startswith("REDUCE"):
        scheme = (source.scale or 0.0, source.zero)
    signs = [axis - rank if chance.random() < 0.3 else axis for axis in axes]
    target = Spec(kept, dtype, *scheme)
    options = ("ReducerOptions", {"keepDims": keep})
    content = network(kind, [source, constant(signs)], [target], options, version=2)
    return content, source, target, tuple(axes)


@pytest.mark.parametrize("dtype", ["int8", "int16"])
@pytest.mark.parametrize("kind", ["MEAN", "REDUCE_MAX", "REDUCE_MIN"])
def test_reductions(kind: str, dtype: str) -> None:
    for chance in examples(40):
        content, source, _, _ = _reduction(chance, kind, dtype)
        check_model(content, [numbers(chance, source)])


def test_sums() -> None:
    """LiteRT 2.3 takes int8 for uint8 in SUM: it is right where no number is negative."""
    for chance in examples(40):
        content, source, _, _ = _reduction(chance, "SUM", "int8")
        given = np.maximum(numbers(chance, source), 0)
        (ours,) = HostRuntime(plan(read_graph(content)).content).run([given])
        (theirs,) = litert(content, [given])
        right = np.minimum(theirs.view(np.uint8), 127).astype(np.int8)
        assert np.maximum(ours, 0).tobytes() == right.tobytes()


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_sums_of_any_numbers(dtype: str) -> None:
    for chance in examples(40):
        content, source, target, axes = _reduction(chance, "SUM", dtype)
        given = numbers(chance, source)
        (ours,) = HostRuntime(plan(read_graph(content)).content).run([given])
        total = (given.astype(np.float64) - source.zero).sum(axes) * source.scale
        wanted = np.clip(total / target.scale + target.zero, *_limits(dtype))
        assert np.abs(ours.reshape(wanted.shape) - wanted).max() < 0.8  # it is rounded twice


def _limits(dtype: str) -> tuple[int, int]:
    return int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)


def test_l2_normalisation() -> None:
    for chance in examples(60):
        sizes = (*shape(chance, int(chance.integers(0, 4))), int(chance.integers(1, 300)))
        source = Spec(sizes, "int8", scale(chance), zero(chance))
        target = Spec(sizes, "int8", 1 / 128, 0)
        content = network("L2_NORMALIZATION", [source], [target], ("L2NormOptions", {}), version=2)
        given = numbers(chance, source)
        if chance.random() < 0.3:  # next to nothing but zeros
            given = np.clip(given, source.zero, min(source.zero + 1, 127)).astype(np.int8)
        check_model(content, [given])
