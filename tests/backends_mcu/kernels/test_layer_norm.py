"""The fused LAYER_NORMALIZATION against what it means, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk_backends.mcu.host import FORMS, HostRuntime
from edgesdk_backends.mcu.planner import Graph, Operation, Tensor, plan
from tests.backends_mcu.kernels.networks import examples, scale, zero

EPSILON = 1e-5


def _row(values: NDArray[np.float32]) -> Tensor:
    return Tensor("row", values.shape, "float32", data=values)


def _network(chance: np.random.Generator) -> tuple[Graph, Tensor, Tensor, list[Any]]:
    depth, rows = int(chance.integers(1, 200)), int(chance.integers(1, 6))
    source = Tensor("x", (rows, depth), "int8", (scale(chance, 1e-3, 0.5),), (zero(chance),))
    target = Tensor("y", (rows, depth), "int8", (scale(chance, 1e-2, 0.1),), (zero(chance),))
    gain = chance.normal(1, 0.5, depth).astype(np.float32)
    offset = chance.normal(0, 0.5, depth).astype(np.float32)
    inputs = (source, _row(gain), _row(offset))
    operation = Operation("LAYER_NORMALIZATION", inputs, (target,), {"epsilon": EPSILON})
    return Graph((source,), (target,), (operation,)), source, target, [gain, offset]


def _real(given: NDArray[np.int8], source: Tensor, gain: Any, offset: Any) -> NDArray[np.float64]:
    x = (given.astype(np.float64) - source.zero_point[0]) * source.scale[0]
    spread = np.sqrt(x.var(axis=-1, keepdims=True) + EPSILON)
    result: NDArray[np.float64] = (x - x.mean(axis=-1, keepdims=True)) / spread * gain + offset
    return result


def test_layer_norm() -> None:
    """As the real result rounds, but where that is a hair from the middle between two numbers."""
    compared = 0
    for chance in examples(60):
        graph, source, target, more = _network(chance)
        low = int(chance.integers(-128, 120))
        high = int(chance.integers(low + 1, 128))
        given = chance.integers(low, high, source.shape, np.int8, endpoint=True)
        wanted = _real(given, source, *more) / target.scale[0] + target.zero_point[0]
        clear = np.abs(wanted - np.floor(wanted) - 0.5) > 1e-3
        compared += int(clear.sum())
        rounded = np.clip(np.rint(wanted), -128, 127)
        for form in FORMS:
            (ours,) = HostRuntime(plan(graph).content, form).run([given])
            assert np.array_equal(ours[clear], rounded[clear])
            assert np.abs(ours - np.clip(wanted, -128, 127)).max() < 0.502
    assert compared > 10_000


def test_rows_without_spread_give_the_offset() -> None:
    graph, source, target, (_, offset) = _network(np.random.default_rng(5))
    given = np.full(source.shape, 77, np.int8)
    (ours,) = HostRuntime(plan(graph).content).run([given])
    wanted = np.clip(np.rint(offset / target.scale[0] + target.zero_point[0]), -128, 127)
    assert np.array_equal(ours, np.broadcast_to(wanted, source.shape))
