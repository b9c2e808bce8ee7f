"""LiteRT's reference kernels as the oracle of the microcontroller's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from edgesdk_backends.mcu.host import FORMS, HostRuntime
from edgesdk_backends.mcu.planner import plan
from edgesdk_backends.mcu.planner.tflite_graph import read_graph

Arrays = Sequence[NDArray[Any]]


REFERENCE = OpResolverType.BUILTIN_REF
# For the few operators that the reference does not have.
OTHERS = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES


class LiteRt:
    """A model in LiteRT's reference kernels; it keeps its state from run to run."""

    def __init__(self, content: bytes, resolver: OpResolverType = REFERENCE) -> None:
        self._interpreter = Interpreter(
            model_content=content, experimental_op_resolver_type=resolver
        )
        self._interpreter.allocate_tensors()

    def run(self, inputs: Arrays) -> list[NDArray[Any]]:
        for detail, array in zip(self._interpreter.get_input_details(), inputs, strict=True):
            self._interpreter.set_tensor(detail["index"], array)
        self._interpreter.invoke()
        outputs = self._interpreter.get_output_details()
        return [self._interpreter.get_tensor(detail["index"]) for detail in outputs]


def litert(content: bytes, inputs: Arrays) -> list[NDArray[Any]]:
    """One run of a model that is forgotten afterwards."""
    return LiteRt(content).run(inputs)


def check_model(
    content: bytes, inputs: Arrays, runs: int = 1, resolver: OpResolverType = REFERENCE
) -> list[NDArray[Any]]:
    """Plan a model and run it in every form; all answers are LiteRT's to the bit."""
    planned = plan(read_graph(content)).content
    theirs = LiteRt(content, resolver)
    wanted = [theirs.run(inputs) for _ in range(runs)]
    for form in FORMS:
        runtime = HostRuntime(planned, form)
        for answers in wanted:
            for ours, right in zip(runtime.run(inputs), answers, strict=True):
                same(ours, right, form)
    return wanted[-1]


def same(ours: NDArray[Any], right: NDArray[Any], form: str) -> None:
    """Equal to the bit."""
    assert (ours.dtype, ours.shape) == (right.dtype, right.shape)
    if ours.tobytes() != right.tobytes():
        differ = np.argwhere(ours != right)
        at = tuple(differ[0])
        raise AssertionError(
            f"{form}: {len(differ)} of {ours.size} differ, first at {at}: "
            f"{ours[at]} instead of {right[at]}"
        )
