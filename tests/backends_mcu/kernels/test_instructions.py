"""Every kernel that only has one form, on the Cortex-M33's own instructions: right, and how many.

Counts are of the whole run of a plan, for each number of the output (or input, where it is larger).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from edgesdk_backends.mcu.host import HostRuntime
from edgesdk_backends.mcu.planner import plan
from edgesdk_backends.mcu.planner.tflite_graph import read_graph
from tests.backends_mcu.kernels import m33
from tests.backends_mcu.kernels.networks import Spec, constant, network, numbers
from tests.backends_mcu.kernels.test_lstm import lstm_network

IMAGE, ROW = Spec((1, 25, 5, 64), "int8", 0.5, 3), Spec((50, 64), "int8", 0.1, 3)
BINARY: dict[str, Any] = {"fusedActivationFunction": 0}
WHOLE = {"padding": 1, "strideH": 1, "strideW": 1, "filterHeight": 25, "filterWidth": 5}
HALVES = {"padding": 1, "strideH": 2, "strideW": 2, "filterHeight": 2, "filterWidth": 2}


def _like(*shape: int, scale: float = 0.5, zero: int = 3, dtype: str = "int8") -> Spec:
    return Spec(shape, dtype, scale, zero)


def _pool(kind: str, source: Spec, fields: dict[str, int], *shape: int) -> bytes:
    return network(kind, [source], [_like(*shape)], ("Pool2DOptions", fields), version=2)


# Name, network, its inputs, how many numbers, and the most instructions for each.
_Case = tuple[str, bytes, tuple[Spec, ...], int, float]


def _cases() -> Iterator[_Case]:
    same, image = _like(*IMAGE.shape, scale=0.7), _like(1, 24, 24, 32)
    count = int(np.prod(IMAGE.shape))
    for kind, most in (("ADD", 42), ("SUB", 42), ("MUL", 36)):
        content = network(kind, [IMAGE, IMAGE], [same], (f"{kind.title()}Options", BINARY), 2)
        yield kind, content, (IMAGE, IMAGE), count, most
    for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
        yield kind, _pool(kind, IMAGE, WHOLE, 1, 1, 1, 64), (IMAGE,), count, 3
        yield kind, _pool(kind, image, HALVES, 1, 12, 12, 32), (image,), 24 * 24 * 32, 10
    mean = network("MEAN", [IMAGE, constant([1, 2])], [_like(1, 64)], ("ReducerOptions", {}), 2)
    yield "MEAN", mean, (IMAGE,), count, 5
    unit = _like(*IMAGE.shape, scale=1 / 256, zero=-128)
    yield "LOGISTIC", network("LOGISTIC", [IMAGE], [unit], version=2), (IMAGE,), count, 4
    unit = _like(*ROW.shape, scale=1 / 256, zero=-128)
    softmax = network("SOFTMAX", [ROW], [unit], ("SoftmaxOptions", {"beta": 1.0}))
    yield "SOFTMAX", softmax, (ROW,), 3200, 66
    turned = network("TRANSPOSE", [IMAGE, constant([0, 3, 1, 2])], [_like(1, 64, 25, 5)], None, 2)
    yield "TRANSPOSE", turned, (IMAGE,), count, 9
    wide, fields = _like(1, 25, 5, 128), {"axis": 3}
    joined = network("CONCATENATION", [IMAGE] * 2, [wide], ("ConcatenationOptions", fields), 2)
    yield "CONCATENATION", joined, (IMAGE, IMAGE), 2 * count, 2
    real = Spec((8000,), "float32")
    yield "QUANTIZE", network("QUANTIZE", [real], [_like(8000)], version=2), (real,), 8000, 37
    whole = _like(8000)
    yield "DEQUANTIZE", network("DEQUANTIZE", [whole], [real], version=3), (whole,), 8000, 15
    lstm, source = lstm_network(np.random.default_rng(1), (1, 20, 16, 32), False, 10.0)
    yield "LSTM", lstm, (source,), 20 * 4 * 32 * 48, 9.5


CASES = list(_cases())


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> m33.Machine:
    return m33.Machine(m33.build(tmp_path_factory.mktemp("m33")))


@pytest.mark.parametrize("case", CASES, ids=[case[0].lower() for case in CASES])
def test_on_the_real_instruction_set(machine: m33.Machine, case: _Case) -> None:
    name, content, specs, count, most = case
    chance = np.random.default_rng(7)
    given = [numbers(chance, spec) for spec in specs]
    planned = plan(read_graph(content)).content
    wanted = b"".join(answer.tobytes() for answer in HostRuntime(planned).run(given))
    got, instructions = machine.run(planned, given)
    assert got == wanted
    each = sum(instructions.values()) / count
    print(f"{name}: {each:.2f} instructions for each of {count}")
    assert each < most
