"""What every session refuses in its caller's words, before its engine sees anything."""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk import InputMismatch, TensorSpec
from edgesdk.backend import Arrays
from edgesdk.session import BaseSession

X = np.float32([1, 2])


class Doubling(BaseSession):
    def __init__(self) -> None:
        super().__init__((TensorSpec("x", "float32", (2,)),), (TensorSpec("y", "float32", (2,)),))

    def _run(self, arrays: Arrays) -> Arrays:
        return {"y": arrays["x"] * 2}


@pytest.mark.parametrize("inputs", [[1, 2], X, "x", None])
def test_inputs_that_are_no_mapping(inputs: object) -> None:
    with pytest.raises(InputMismatch) as caught:
        Doubling().run(inputs)  # type: ignore[arg-type]
    assert caught.value.next_step == "Call session.run({'x': array})"


@pytest.mark.parametrize(
    ("out", "given"), [([X], "list"), (X, "ndarray"), (np.float32(0), "float32"), ("y", "str")]
)
def test_output_arrays_that_are_no_mapping(out: object, given: str) -> None:
    with pytest.raises(InputMismatch) as caught:
        Doubling().run({"x": X}, out)  # type: ignore[arg-type]
    assert caught.value.id == "EDGE-0211"
    assert caught.value.what.endswith(f"got {given}")
    assert caught.value.next_step == "Call session.run(inputs, {'y': array})"


@pytest.mark.parametrize("out", [None, {}])
def test_no_output_arrays(out: dict[str, np.ndarray] | None) -> None:
    assert Doubling().run({"x": X}, out)["y"].tolist() == [2, 4]


def test_what_is_closed_with_a_session() -> None:
    told: list[str] = []
    session = Doubling()
    session.also_close(lambda: told.append("first"))
    assert not told
    session.close()
    session.close()
    session.also_close(lambda: told.append("at once"))
    assert told == ["first", "at once"]
