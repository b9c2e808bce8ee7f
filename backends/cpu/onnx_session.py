"""A session on onnxruntime."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import Any

import numpy as np

from edgesdk.backend import Arrays
from edgesdk.onnx_runtime import import_onnxruntime
from edgesdk.session import BaseSession
from edgesdk.tensors import AS_BITS, Array, TensorSpec

from .engine_errors import failed, refused
from .options import SessionOptions

# numpy lacks these types; they go in and out as bits, under their ONNX type number (onnx.proto).
_TYPE_NUMBERS = {
    "bfloat16": 16,
    "float8e4m3fn": 17,
    "float8e4m3fnuz": 18,
    "float8e5m2": 19,
    "float8e5m2fnuz": 20,
}


def open_onnx(
    content: bytes,
    inputs: tuple[TensorSpec, ...],
    outputs: tuple[TensorSpec, ...],
    options: SessionOptions,
) -> BaseSession:
    """Open an ONNX model. Raises ``ModelRefused`` (EDGE-0217) when it does not load."""
    engine = load_engine(content, options)
    if any(spec.dtype in AS_BITS for spec in (*inputs, *outputs)):
        return OnnxBitsSession(engine, inputs, outputs)
    return OnnxSession(engine, inputs, outputs)


def load_engine(content: bytes, options: SessionOptions) -> Any:
    """An ``onnxruntime.InferenceSession`` on the CPU."""
    ort = import_onnxruntime()
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = options.threads
    settings.inter_op_num_threads = 1
    settings.enable_cpu_mem_arena = options.arena
    settings.log_severity_level = 4  # errors come back as exceptions, and are told once
    settings.graph_optimization_level = {
        "none": ort.GraphOptimizationLevel.ORT_DISABLE_ALL,
        "basic": ort.GraphOptimizationLevel.ORT_ENABLE_BASIC,
        "extended": ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
        "all": ort.GraphOptimizationLevel.ORT_ENABLE_ALL,
    }[options.optimisation]
    try:
        return ort.InferenceSession(content, settings, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises a dozen unrelated classes
        raise refused(f"onnxruntime {ort.__version__}", error) from error


class OnnxSession(BaseSession):
    """Inputs are used in place where they are contiguous; outputs are onnxruntime's own buffers."""

    def __init__(
        self, engine: Any, inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...]
    ) -> None:
        super().__init__(inputs, outputs)
        self._engine = engine
        self._names = [spec.name for spec in outputs]

    def _run(self, arrays: Arrays) -> Arrays:
        try:
            return dict(zip(self._names, self._engine.run(self._names, arrays), strict=True))
        except Exception as error:  # as above
            raise failed(error) from error

    def _run_into(self, arrays: Arrays, out: Mapping[str, Array]) -> Arrays:
        texts = any(array.dtype == object for array in (*arrays.values(), *out.values()))
        if texts or not all(self._same_shape(name, array) for name, array in out.items()):
            return super()._run_into(arrays, out)
        # onnxruntime reads the arrays where they lie: this name keeps a contiguous copy alive
        held = {name: np.require(array, requirements="C") for name, array in arrays.items()}
        try:
            binding = self._engine.io_binding()
            self._bind(binding, held, out)
            self._engine.run_with_iobinding(binding)
            results = binding.get_outputs()
        except Exception as error:
            raise failed(error) from error
        return {n: out[n] if n in out else results[i].numpy() for i, n in enumerate(self._names)}

    def _bind(self, binding: Any, arrays: Arrays, out: Mapping[str, Array]) -> None:
        for name, array in arrays.items():
            binding.bind_cpu_input(name, array)
        for name in self._names:
            if name in out:
                array = out[name]
                binding.bind_output(name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)
            else:
                binding.bind_output(name, "cpu")

    def _same_shape(self, name: str, array: Array) -> bool:
        """Only an output of fixed shape may be bound: onnxruntime checks no other."""
        spec = next(s for s in self.outputs if s.name == name)
        return array.shape == spec.shape

    def _close(self) -> None:
        self._engine = None


class OnnxBitsSession(OnnxSession):
    """A model with inputs or outputs of a type that numpy lacks, passed as bits."""

    def _run(self, arrays: Arrays) -> Arrays:
        ort = import_onnxruntime()
        values = {
            spec.name: ort.OrtValue.ortvalue_from_numpy_with_onnx_type(
                np.require(arrays[spec.name], requirements="C"), _TYPE_NUMBERS[spec.dtype]
            )
            if spec.dtype in AS_BITS
            else ort.OrtValue.ortvalue_from_numpy(arrays[spec.name])
            for spec in self.inputs
        }
        try:
            results = self._engine.run_with_ort_values(self._names, values)
        except Exception as error:
            raise failed(error) from error
        return {s.name: _bits(v, s) for s, v in zip(self.outputs, results, strict=True)}

    def _run_into(self, arrays: Arrays, out: Mapping[str, Array]) -> Arrays:
        return BaseSession._run_into(self, arrays, out)


def _bits(value: Any, spec: TensorSpec) -> Array:
    if spec.dtype not in AS_BITS:
        return np.asarray(value.numpy())
    dtype, shape = spec.numpy_dtype, value.shape()
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    raw: bytes = ctypes.string_at(value.data_ptr(), size)  # a copy: the value dies with this call
    array: Array = np.frombuffer(raw, dtype).reshape(shape).copy()
    return array
