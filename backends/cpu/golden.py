"""Expected answers for golden vectors, from an executor other than the device's own session.

Float ONNX: the onnx package's reference evaluator, for models small enough for it, otherwise
onnxruntime without its graph optimisations. TFLite: LiteRT's reference kernels. Where there is no
other executor, or it disagrees with this machine's own session by more than the tolerance, the
session's answers are taken and a note says so: golden vectors hold what the engine that the
bundle names gives, or no device could pass its trial.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from edgesdk.backend import Answers, Arrays
from edgesdk.bundle import Tolerance
from edgesdk.bundle.comparison import difference
from edgesdk.errors import EdgeError
from edgesdk.formats import SourceModel
from edgesdk.sensing.session import FrontEndSession
from edgesdk.session import BaseSession
from edgesdk.tensors import TensorSpec

from .engines import LITERT, ONNXRUNTIME, open_engine
from .evaluator_session import EvaluatorSession
from .options import SessionOptions

# The evaluator is numpy under Python loops: a convolution with this many weights takes seconds.
LARGEST_FOR_EVALUATOR = 8 << 20  # bytes
SINGLE = Tolerance(rtol=1e-3, atol=1e-4)
HALF = Tolerance(rtol=2e-2, atol=2e-3)


class Reference:
    """Answers sample inputs for one source model on one engine."""

    def __init__(
        self,
        source: SourceModel,
        engine: str,
        options: SessionOptions,
        frontend: Mapping[str, Any] | None,
    ) -> None:
        self.source, self.engine, self.options, self.frontend = source, engine, options, frontend

    def __call__(self, samples: Sequence[Arrays]) -> Answers:
        """Answer every sample. Raises what the engine's session raises on them."""
        mine = self._answers(self._open(self.options), samples)
        tolerance = tolerance_for(self.source.outputs, mine)
        answered = self._independently(samples, mine, tolerance)
        small = _too_small(self.source.outputs, mine, tolerance)
        return replace(answered, notes=(*answered.notes, *small))

    def _independently(
        self, samples: Sequence[Arrays], mine: tuple[Arrays, ...], tolerance: Tolerance
    ) -> Answers:
        own = f"{self.engine}, as the device runs it"
        executor = self._executor()
        if executor is None:
            why = f"No executor but {self.engine} runs this model"
            return Answers(mine, own, tolerance, (why,))
        try:
            theirs = self._answers(self._open_other(), samples)
        except EdgeError as error:
            why = f"{executor} cannot answer ({error.evidence or error.what})"
            return Answers(mine, own, tolerance, (f"{why}: golden vectors are from {own}",))
        wrong = self._disagreement(theirs, mine, tolerance)
        if wrong:
            note = f"{executor} and {self.engine} differ in {wrong}: golden vectors are from {own}"
            return Answers(mine, own, tolerance, (note,))
        return Answers(theirs, executor, tolerance)

    def _disagreement(
        self, theirs: Sequence[Arrays], mine: Sequence[Arrays], tolerance: Tolerance
    ) -> str | None:
        for want, got in zip(theirs, mine, strict=True):
            for spec in self.source.outputs:
                wrong = difference(spec, want[spec.name], got[spec.name], tolerance)
                if wrong:
                    return f"{spec.name}{wrong}"
        return None

    def _executor(self) -> str | None:
        """The name of the other executor, or None where there is none."""
        if self.engine == ONNXRUNTIME:
            return "onnx.reference" if self._small() else "onnxruntime without optimisation"
        if self.engine == LITERT and self.options.kernels != "reference":
            return "LiteRT's reference kernels"
        return None

    def _small(self) -> bool:
        return len(self.source.content) <= LARGEST_FOR_EVALUATOR

    def _open_other(self) -> BaseSession:
        if self.engine == LITERT:
            return self._open(SessionOptions(kernels="reference"))
        if not self._small():
            return self._open(SessionOptions(optimisation="none"))
        source = self.source
        return self._framed(EvaluatorSession(source.content, source.inputs, source.outputs))

    def _open(self, options: SessionOptions) -> BaseSession:
        source = self.source
        inner = open_engine(self.engine, source.content, source.inputs, source.outputs, options)
        return self._framed(inner)

    def _framed(self, inner: BaseSession) -> BaseSession:
        return inner if self.frontend is None else FrontEndSession(inner, self.frontend)

    @staticmethod
    def _answers(session: BaseSession, samples: Sequence[Arrays]) -> tuple[Arrays, ...]:
        with session:
            return tuple(session.run(sample) for sample in samples)


def tolerance_for(outputs: Sequence[TensorSpec], answers: Sequence[Arrays]) -> Tolerance:
    """Exact, unless a result is floating point; never wider than 1 % of the largest result."""
    kinds = {spec.dtype for spec in outputs}
    if not kinds & {"float16", "bfloat16", "float32", "float64"}:
        return Tolerance()
    widest = HALF if kinds & {"float16", "bfloat16"} else SINGLE
    largest = max((_largest(spec, answers) for spec in outputs), default=0.0)
    return replace(widest, atol=min(widest.atol, 0.01 * largest or widest.atol))


def _largest(spec: TensorSpec, answers: Sequence[Arrays]) -> float:
    """The largest finite magnitude of an output; 0 for one that is not floating point."""
    values = [answer[spec.name] for answer in answers]
    if values[0].dtype.kind != "f":
        return 0.0
    return max(float(np.abs(v[np.isfinite(v)]).max(initial=0.0)) for v in values)


def _too_small(
    outputs: Sequence[TensorSpec], answers: Sequence[Arrays], tolerance: Tolerance
) -> Iterator[str]:
    """A note on each output that the golden vectors say nothing about."""
    for spec in outputs:
        if 0.0 < _largest(spec, answers) <= tolerance.atol:
            yield (
                f"All of {spec.name} is within the tolerance of 0: the golden vectors prove "
                "nothing about it; give other samples, or a smaller tolerance"
            )
