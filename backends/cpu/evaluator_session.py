"""The onnx package's reference evaluator as a session: plain numpy, written by ONNX's authors."""

from __future__ import annotations

import warnings

import numpy as np

from edgesdk.backend import Arrays
from edgesdk.errors import MissingExtra
from edgesdk.session import BaseSession
from edgesdk.tensors import TensorSpec

from .engine_errors import failed, refused


class EvaluatorSession(BaseSession):
    """Runs an ONNX model in ``onnx.reference``. Slow: for golden vectors only."""

    def __init__(
        self, content: bytes, inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...]
    ) -> None:
        super().__init__(inputs, outputs)
        try:
            import onnx
            from onnx.reference import ReferenceEvaluator
        except ImportError:
            raise MissingExtra("onnx", "host") from None
        try:
            self._evaluator = ReferenceEvaluator(onnx.load_from_string(content))
        except Exception as error:  # an operator it lacks raises one of many classes
            raise refused("onnx.reference", error) from error

    def _run(self, arrays: Arrays) -> Arrays:
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")  # numpy's about overflow and empty means
                results = self._evaluator.run(None, dict(arrays))
        except Exception as error:
            raise failed(error) from error
        return {
            spec.name: np.asarray(result)
            for spec, result in zip(self.outputs, results, strict=True)
        }
