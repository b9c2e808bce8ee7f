"""ONNX on numpy."""

from __future__ import annotations

import onnx
from onnx.reference import ReferenceEvaluator

from edgesdk.backend import Arrays
from edgesdk.session import BaseSession
from edgesdk.tensors import TensorSpec


class NumpySession(BaseSession):
    """One model, evaluated by the onnx package."""

    def __init__(
        self, content: bytes, inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...]
    ) -> None:
        super().__init__(inputs, outputs)
        self._evaluator = ReferenceEvaluator(onnx.load_from_string(content))

    def _run(self, arrays: Arrays) -> Arrays:
        results = self._evaluator.run(None, arrays)
        return {spec.name: array for spec, array in zip(self.outputs, results, strict=True)}
