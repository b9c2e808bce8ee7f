"""Plans of graphs, and the runtime that executes them on this machine."""

from __future__ import annotations

import json

import numpy as np
import pytest

from edgesdk.errors import InputMismatch, InternalFault, ModelRefused
from edgesdk_backends.mcu.host import FORMS, HostRuntime
from edgesdk_backends.mcu.planner import assemble, kernel_numbers, plan
from edgesdk_backends.mcu.planner.graph import Graph, Operation, Tensor
from edgesdk_backends.mcu.planner.lowering import load_constants
from edgesdk_backends.mcu.planner.plan_file import decode
from edgesdk_backends.mcu.planner.step import Step
from edgesdk_backends.mcu.planner.writer import Constants

from .hand_made import plan as hand_made
from .hand_made import with_word


def tensor(name: str, *shape: int, dtype: str = "int8", **more: object) -> Tensor:
    return Tensor(name, shape, dtype, (0.5,), (-7,), **more)  # type: ignore[arg-type]


def reshaping() -> Graph:
    """Gives its input back in another shape, a constant, and a state that nobody changes."""
    x, y = tensor("x", 2, 3), tensor("y", 6)
    c = tensor("c", 4, dtype="int16", data=np.arange(4, dtype=np.int16))
    state = tensor("state", 5, variable=True)
    return Graph((x,), (y, c, state), (Operation("RESHAPE", (x, None), (y,)),))


@pytest.mark.parametrize("form", FORMS)
def test_a_plan_runs(form: str) -> None:
    runtime = HostRuntime(plan(reshaping()).content, form)
    array = np.arange(6, dtype=np.int8).reshape(2, 3)
    for _ in range(2):
        y, c, state = runtime.run([array])
        assert y.tolist() == [0, 1, 2, 3, 4, 5]
        assert c.tolist() == [0, 1, 2, 3]
        assert c.dtype == np.int16
        assert state.tolist() == [-7] * 5  # zero, as the tensor is quantised


def test_outputs_are_the_callers_to_keep() -> None:
    runtime = HostRuntime(plan(reshaping()).content)
    [first, *_] = runtime.run([np.full((2, 3), 1, np.int8)])
    runtime.run([np.full((2, 3), 2, np.int8)])
    assert first.tolist() == [1] * 6


def test_wrong_inputs() -> None:
    runtime = HostRuntime(plan(reshaping()).content)
    with pytest.raises(InputMismatch):
        runtime.run([np.zeros((2, 3), np.float32)])
    with pytest.raises(InputMismatch):
        runtime.run([np.zeros((3, 2), np.int8)])


def test_the_interface_is_in_the_plan() -> None:
    made = plan(reshaping())
    document = json.loads(decode(made.content).interface)
    assert [entry["name"] for entry in document["inputs"]] == ["x"]
    assert document["outputs"][0]["shape"] == [6]
    assert document["outputs"][1]["dtype"] == "int16"
    assert made.inputs[0].quantisation is not None
    assert made.inputs[0].quantisation.zero_points == (-7,)


def test_another_form_is_not_there() -> None:
    with pytest.raises(ValueError, match="plain"):
        HostRuntime(plan(reshaping()).content, "vector")


@pytest.mark.parametrize(
    "content", [b"", hand_made()[:64], with_word(hand_made(), 4, 2), with_word(hand_made(), 96, 99)]
)
def test_what_is_no_plan_is_refused(content: bytes) -> None:
    with pytest.raises(ModelRefused) as caught:
        HostRuntime(content)
    assert caught.value.id == "EDGE-0289"


def test_an_arena_beyond_reason_is_refused() -> None:
    with pytest.raises(ModelRefused) as caught:
        HostRuntime(with_word(hand_made(), 12, 2**31))
    assert caught.value.id == "EDGE-0289"


def test_golden_vectors_and_interface_are_added() -> None:
    made = plan(reshaping())
    vector = bytes(6), bytes(6 + 8 + 5)
    content = assemble(made, b'{"a":1}', [vector, vector])
    file = decode(content)
    assert file.interface == b'{"a":1}'
    assert file.golden == (vector[0] + vector[1]) * 2
    assert (file.records, file.constants) == (
        decode(made.content).records,
        decode(made.content).constants,
    )
    with pytest.raises(ValueError, match="golden"):
        assemble(made, b"", [(bytes(5), bytes(19))])
    with pytest.raises(ModelRefused) as caught:
        assemble(made, bytes(16385), [])
    assert caught.value.id == "EDGE-0288"


def test_constants_are_shared_and_aligned() -> None:
    constants = Constants()
    one = constants.add(np.arange(5, dtype=np.int8))
    other = constants.add(np.arange(3, dtype=np.int16))
    assert (one, other) == (0, 16)
    assert constants.add(np.arange(5, dtype=np.uint8)) == 0  # the same bytes
    assert constants.content() == bytes([0, 1, 2, 3, 4]) + bytes(11) + b"\0\0\1\0\2\0" + bytes(10)


def test_constants_that_a_kernel_wants_in_the_arena_are_loaded_before_it() -> None:
    x, y = tensor("x", 4), tensor("y", 4)
    c = tensor("c", 4, data=np.arange(4, dtype=np.int8))
    step = Step("k", "l", {}, {"a": x, "b": c, "output": y}, ("output",))
    load, kernel = load_constants([step])
    assert load.kernel == "load"
    assert load.constants["value"] is c.data
    assert kernel.tensors["b"] is load.tensors["output"]
    assert kernel.tensors["b"].data is None


def test_a_lowering_that_forgets_a_field_is_a_defect() -> None:
    from edgesdk_backends.mcu.planner.step import LOWERINGS

    def forgetful(operation: Operation) -> Step:
        return Step("load", "l", {}, {"output": operation.outputs[0]}, ("output",))

    x, y = tensor("x", 4), tensor("y", 4)
    LOWERINGS["FORGETFUL"] = forgetful
    try:
        with pytest.raises(InternalFault) as caught:
            plan(Graph((x,), (y,), (Operation("FORGETFUL", (x,), (y,)),)))
    finally:
        del LOWERINGS["FORGETFUL"]
    assert "bytes, value" in caught.value.evidence


def test_kernels_have_numbers() -> None:
    numbers = kernel_numbers()
    assert numbers["load"] == 100
    assert len(set(numbers.values())) == len(numbers)
    assert all(0 < number < 128 for number in numbers.values())
