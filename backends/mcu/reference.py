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
from edgesdk.errors import MissingExtra
from edgesdk.formats import SourceModel
from edgesdk.sensing.frontend import apply

from .host import HostRuntime
from .planner import Plan


class Reference:
    """Answers sample inputs for one source model."""

    def __init__(
        self, source: SourceModel, planned: Plan, frontend: Mapping[str, Any] | None
    ) -> None:
        self._source, self._plan, self._frontend = source, planned, frontend

    def __call__(self, samples: Sequence[Arrays]) -> Answers:
        """Answer every sample, exactly."""
        inputs = [self._behind_front_end(sample) for sample in samples]
        if self._source.format == "tflite":
            outputs = tuple(_litert(self._source, inputs))
            return Answers(outputs, "LiteRT's reference kernels", Tolerance())
        outputs = tuple(self._on_this_machine(inputs))
        note = _compared(self._source, inputs, outputs)
        return Answers(outputs, "the plan on the host", Tolerance(), (note,))

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
    engine = Interpreter(
        model_content=source.content, experimental_op_resolver_type=OpResolverType.BUILTIN_REF
    )
    engine.allocate_tensors()
    answers = []
    for arrays in inputs:  # in one engine: what a model remembers, it remembers on the device too
        for spec, detail in zip(source.inputs, engine.get_input_details(), strict=True):
            engine.set_tensor(detail["index"], arrays[spec.name])
        engine.invoke()
        details = zip(source.outputs, engine.get_output_details(), strict=True)
        answers.append({spec.name: engine.get_tensor(d["index"]) for spec, d in details})
    return answers


def _compared(source: SourceModel, inputs: Sequence[Arrays], outputs: Sequence[Arrays]) -> str:
    """How far onnxruntime is from the plan, for people."""
    try:
        import onnxruntime
    except ImportError:
        return "onnxruntime is not installed: the plan was compared with nothing"
    engine = onnxruntime.InferenceSession(source.content, providers=["CPUExecutionProvider"])
    worst = 0.0
    for arrays, mine in zip(inputs, outputs, strict=True):
        names = list(mine)
        for name, theirs in zip(names, engine.run(names, dict(arrays)), strict=True):
            difference = np.abs(theirs.astype(np.float64) - mine[name].astype(np.float64))
            worst = max(worst, float(difference.max(initial=0.0)))
    return f"onnxruntime differs from the plan by at most {worst:.3g} on the golden inputs"
