"""A session on LiteRT (TensorFlow Lite)."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from edgesdk.backend import Arrays
from edgesdk.errors import MissingExtra
from edgesdk.session import BaseSession
from edgesdk.tensors import Array, TensorSpec

from .engine_errors import failed, refused
from .options import SessionOptions


def import_interpreter() -> Any:
    """LiteRT's interpreter module, or tflite-runtime's where only that exists.

    Raises ``MissingExtra``.
    """
    try:
        from ai_edge_litert import interpreter
    except ImportError:
        try:
            from tflite_runtime import interpreter
        except ImportError:
            raise MissingExtra("ai-edge-litert", "cpu") from None
    return interpreter


def load_interpreter(content: bytes, options: SessionOptions) -> Any:
    """An allocated interpreter. Raises ``ModelRefused`` (EDGE-0217)."""
    module = import_interpreter()
    resolver = {
        "default": module.OpResolverType.AUTO,
        "builtin": module.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        "reference": module.OpResolverType.BUILTIN_REF,
    }[options.kernels]
    try:
        interpreter = module.Interpreter(
            model_content=content,
            num_threads=options.threads or None,
            experimental_op_resolver_type=resolver,
        )
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise refused("LiteRT", error) from error
    return interpreter


class LitertSession(BaseSession):
    """LiteRT keeps its tensors in one arena: inputs are copied in, outputs copied out.

    Inputs and outputs go by their order in the model, under the specs' names. An interpreter runs
    one thing at a time, so runs of one session from several threads wait for each other.
    """

    def __init__(
        self,
        content: bytes,
        inputs: tuple[TensorSpec, ...],
        outputs: tuple[TensorSpec, ...],
        options: SessionOptions,
    ) -> None:
        super().__init__(inputs, outputs)
        self._interpreter = load_interpreter(content, options)
        self._fixed = all(isinstance(axis, int) for spec in inputs for axis in spec.shape)
        self._shapes = [tuple(d["shape"]) for d in self._interpreter.get_input_details()]
        self._strings = [spec.name for spec in outputs if spec.dtype == "string"]
        self._lock = threading.Lock()
        self._indices()

    def _indices(self) -> None:
        details = self._interpreter.get_input_details()
        self._in = [(s.name, d["index"]) for s, d in zip(self.inputs, details, strict=True)]
        details = self._interpreter.get_output_details()
        self._out = [(s.name, d["index"]) for s, d in zip(self.outputs, details, strict=True)]

    def _run(self, arrays: Arrays) -> Arrays:
        try:
            with self._lock:
                results = self._invoke(arrays)
        except (ValueError, RuntimeError) as error:
            raise failed(error) from error
        for name in self._strings:
            results[name] = _texts(results[name])
        return results

    def _invoke(self, arrays: Arrays) -> Arrays:
        if not self._fixed:
            self._resize(arrays)
        for name, index in self._in:
            array = arrays[name]
            self._interpreter.set_tensor(index, array if array.dtype != object else _bytes(array))
        self._interpreter.invoke()
        return {name: self._interpreter.get_tensor(index) for name, index in self._out}

    def _resize(self, arrays: Arrays) -> None:
        shapes = [arrays[name].shape for name, _ in self._in]
        if shapes == self._shapes:
            return
        self._shapes = []  # until all is resized, no shapes are the interpreter's
        for (_, index), shape in zip(self._in, shapes, strict=True):
            self._interpreter.resize_tensor_input(index, shape)
        self._interpreter.allocate_tensors()
        self._shapes = shapes

    def _close(self) -> None:
        self._interpreter = None


def _bytes(array: Array) -> Array:
    """LiteRT takes string tensors as bytes; ours are str."""
    return np.array([str(item).encode() for item in array.ravel()], object).reshape(array.shape)


def _texts(array: Array) -> Array:
    return np.array([item.decode() for item in array.ravel()], object).reshape(array.shape)
