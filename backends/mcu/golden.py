"""Expected answers for golden vectors, from an executor other than the device's own kernels.

TFLite: LiteRT's reference kernels, which the device must equal to the bit. ONNX: the plan itself on
this machine, because onnxruntime may differ by a rounding step; a note says by how much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from edgesdk.backend import Answers, Arrays
from edgesdk.bundle import Tolerance
from edgesdk.errors import MissingExtra, ModelRefused
from edgesdk.formats import SourceModel
from edgesdk.onnx_runtime import import_onnxruntime
from edgesdk.sensing.frontend import apply

from .host import HostRuntime
from .planner import Plan

_TOO_FAR = 0.25  # of the largest answer


class Reference:
    """Answers sample inputs for one source model."""

    def __init__(
        self, source: SourceModel, planned: Plan, frontend: Mapping[str, Any] | None
    ) -> None:
        self._source, self._plan, self._frontend = source, planned, frontend

    def __call__(self, samples: Sequence[Arrays]) -> Answers:
        """Answer every sample, exactly.

        Raises ``ModelRefused`` (EDGE-0298) where the plan answers otherwise than the model.
        """
        inputs = [self._behind_front_end(sample) for sample in samples]
        mine = self._on_this_machine(inputs)
        if self._source.format == "tflite":
            outputs = tuple(_litert(self._source, inputs))
            _same(outputs, mine)
            return Answers(outputs, "LiteRT's reference kernels", Tolerance())
        note = _compared(self._source, inputs, mine)
        return Answers(tuple(mine), "the plan on the host", Tolerance(), (note,))

    def _behind_front_end(self, sample: Arrays) -> Arrays:
        if self._frontend is None:
            return sample
        [samples] = sample.values()
        return {self._source.inputs[0].name: apply(self._frontend, samples)}

    def _on_this_machine(self, inputs: Sequence[Arrays]) -> list[Arrays]:
        runtime = HostRuntime(self._plan.content)
        names = [spec.name for spec in self._source.inputs]
        return [
            dict(
                zip(
                    (spec.name for spec in self._source.outputs),
                    runtime.run([arrays[name] for name in names]),
                    strict=True,
                )
            )
            for arrays in inputs
        ]


def _litert(source: SourceModel, inputs: Sequence[Arrays]) -> list[Arrays]:
    try:
        from ai_edge_litert.interpreter import Interpreter, OpResolverType
    except ImportError:
        raise MissingExtra("ai-edge-litert", "cpu") from None
    # A few operators, such as ELU, have no reference form there, only the one that is optimised.
    kinds = (OpResolverType.BUILTIN_REF, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    for last, kind in zip((False, True), kinds, strict=True):
        try:
            engine = Interpreter(model_content=source.content, experimental_op_resolver_type=kind)
            engine.allocate_tensors()
            return [_answer(source, engine, arrays) for arrays in inputs]
        except (ValueError, RuntimeError) as error:
            if last:
                raise ModelRefused(
                    "LiteRT, which gives the answers that the device must give, does not run it",
                    evidence=str(error)[:300],
                    code=99,
                ) from None
    raise AssertionError("the last form returns or raises")


def _answer(source: SourceModel, engine: Any, arrays: Arrays) -> Arrays:
    """One after the other in one engine: what a model remembers, the device remembers too."""
    for spec, detail in zip(source.inputs, engine.get_input_details(), strict=True):
        engine.set_tensor(detail["index"], arrays[spec.name])
    engine.invoke()
    details = zip(source.outputs, engine.get_output_details(), strict=True)
    return {spec.name: engine.get_tensor(d["index"]) for spec, d in details}


def _same(wanted: Sequence[Arrays], found: Sequence[Arrays]) -> None:
    for number, (theirs, mine) in enumerate(zip(wanted, found, strict=True)):
        for name, answer in theirs.items():
            wrong = int((answer != mine[name]).sum())
            if wrong:
                raise _differs(
                    f"golden vector {number}, output {name}: {wrong} of {answer.size} numbers "
                    "are not LiteRT's"
                )


def _differs(evidence: str) -> ModelRefused:
    return ModelRefused(
        "The plan does not answer as the model does",
        evidence=evidence,
        next_step="This is a fault of edgesdk's: please report it with the model",
        code=98,
    )


def _compared(source: SourceModel, inputs: Sequence[Arrays], outputs: Sequence[Arrays]) -> str:
    """How far onnxruntime is from the plan, for people; beyond all rounding it is refused."""
    try:
        onnxruntime = import_onnxruntime()
    except MissingExtra:
        return "onnxruntime is not installed: the plan was compared with nothing"
    engine = onnxruntime.InferenceSession(source.content, providers=["CPUExecutionProvider"])
    worst = largest = 0.0
    for arrays, mine in zip(inputs, outputs, strict=True):
        names = list(mine)
        for name, theirs in zip(names, engine.run(names, dict(arrays)), strict=True):
            difference = np.abs(theirs.astype(np.float64) - mine[name].astype(np.float64))
            worst = max(worst, float(difference.max(initial=0.0)))
            largest = max(largest, float(np.abs(theirs.astype(np.float64)).max(initial=0.0)))
    if worst > _TOO_FAR * largest:
        raise _differs(f"onnxruntime differs by {worst:.3g}, where answers go up to {largest:.3g}")
    return f"onnxruntime differs from the plan by at most {worst:.3g} on the golden inputs"
