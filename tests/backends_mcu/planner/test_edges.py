"""Networks without the float32 at their ends."""

from __future__ import annotations

import numpy as np

from edgesdk_backends.mcu.host import HostRuntime
from edgesdk_backends.mcu.planner import plan
from edgesdk_backends.mcu.planner.edges import int8_edges
from edgesdk_backends.mcu.planner.graph import Graph, Operation, Tensor

GIVEN, FOUND = Tensor("given", (1, 6), "float32"), Tensor("found", (1, 6), "float32")
X = Tensor("x", (1, 6), "int8", (0.5,), (3,))
Y = Tensor("y", (1, 6), "int8", (1 / 256,), (-128,))
ENTRANCE = Operation("QUANTIZE", (GIVEN,), (X,))
INSIDE = Operation("LOGISTIC", (X,), (Y,))
EXIT = Operation("DEQUANTIZE", (Y,), (FOUND,))
NETWORK = Graph((GIVEN,), (FOUND,), (ENTRANCE, INSIDE, EXIT))


def test_it_gives_the_same_in_whole_numbers() -> None:
    whole = HostRuntime(plan(int8_edges(NETWORK)).content)
    real = HostRuntime(plan(NETWORK).content)
    assert [spec.dtype for spec in (*whole.inputs, *whole.outputs)] == ["int8", "int8"]
    x = np.array([[-128, -3, 0, 3, 9, 127]], np.int8)
    [found] = whole.run([x])
    [wanted] = real.run([np.float32(0.5) * (x.astype(np.float32) - 3)])
    assert np.array_equal((found.astype(np.float32) + 128) / 256, wanted)


def test_whole_ends_stay() -> None:
    found = int8_edges(Graph((X,), (Y,), (INSIDE,)))
    assert (found.inputs, found.outputs, found.operations) == ((X,), (Y,), (INSIDE,))


def test_an_input_that_others_read_too_stays() -> None:
    other = Tensor("other", (1, 6), "int8", (0.1,), (0,))
    steps = (ENTRANCE, Operation("QUANTIZE", (GIVEN,), (other,)), INSIDE)
    found = int8_edges(Graph((GIVEN,), (Y, other), steps))
    assert (found.inputs, found.outputs, found.operations) == ((GIVEN,), (Y, other), steps)


def test_an_input_that_is_an_output_stays() -> None:
    found = int8_edges(Graph((GIVEN,), (GIVEN, FOUND), (ENTRANCE, INSIDE, EXIT)))
    assert (found.inputs, found.outputs) == ((GIVEN,), (GIVEN, Y))


def test_a_uint8_output_stays_float() -> None:
    x, y = (
        Tensor("x", (1, 6), "uint8", (0.5,), (3,)),
        Tensor("y", (1, 6), "uint8", (1 / 256,), (0,)),
    )
    steps = (Operation("LOGISTIC", (x,), (y,)), Operation("DEQUANTIZE", (y,), (FOUND,)))
    found = int8_edges(Graph((x,), (FOUND,), steps))
    assert found.outputs == (FOUND,) and found.operations == steps


def test_an_output_that_others_read_is_still_made() -> None:
    z = Tensor("z", (1, 6), "int8", (0.1,), (0,))
    steps = (INSIDE, EXIT, Operation("QUANTIZE", (FOUND,), (z,)))
    assert int8_edges(Graph((X,), (FOUND, z), steps)).operations == steps
