"""TFLite models of one operator, for the tests of the kernels, and what they are drawn from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from tests.formats.tflite_builder import Builder

EXAMPLES = int(os.environ.get("EDGESDK_FUZZ_EXAMPLES", "0"))


def examples(count: int) -> Iterator[np.random.Generator]:
    """A generator of chance for each example; an environment variable may ask for more."""
    return (np.random.default_rng(seed) for seed in range(max(count, EXAMPLES)))


@dataclass(frozen=True)
class Spec:
    """A tensor of a model; one with ``values`` is a constant.

    ``scale`` may be one for each index of ``axis``.
    """

    shape: Sequence[int]
    dtype: str = "int8"
    scale: float | NDArray[Any] | None = None
    zero: int = 0
    values: NDArray[Any] | None = None
    axis: int = 0


def constant(values: Any, dtype: str = "int32", scale: float | None = None, zero: int = 0) -> Spec:
    array = np.asarray(values, dtype)
    return Spec(array.shape, dtype, scale, zero, array)


def network(
    kind: str,
    inputs: Sequence[Spec | None],
    outputs: Sequence[Spec],
    options: tuple[str, Mapping[str, Any]] | None = None,
    version: int = 1,
) -> bytes:
    """A model of one operator; its inputs are those that are not constants."""
    builder = Builder()
    given = [-1 if spec is None else add(builder, spec, f"x{i}") for i, spec in enumerate(inputs)]
    made = [add(builder, spec, f"y{i}") for i, spec in enumerate(outputs)]
    more: dict[str, Any] = {} if options is None else {"options": options}
    builder.operator(kind, given, made, version=version, **more)
    builder.graph.inputs = [
        index
        for index, spec in zip(given, inputs, strict=True)
        if spec is not None and spec.values is None
    ]
    builder.graph.outputs = made
    return builder.content()


def add(builder: Builder, spec: Spec, name: str) -> int:
    """Put a tensor into a model under construction."""
    more: dict[str, Any] = {}
    if spec.scale is not None:
        zeros = np.full(np.size(spec.scale), spec.zero)
        more |= {"scale": spec.scale, "zero": zeros, "axis": spec.axis}
    if spec.values is not None:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(spec.values.tobytes(), np.uint8)
        builder.model.buffers.append(buffer)
        more["buffer"] = len(builder.model.buffers) - 1
    number = getattr(schema.TensorType, spec.dtype.upper())
    return builder.tensor(name, spec.shape, number, **more)


def numbers(chance: np.random.Generator, spec: Spec) -> NDArray[Any]:
    """Any numbers of a tensor's type; now and then only its extremes."""
    if spec.dtype == "float32":
        return chance.normal(0, 3, spec.shape).astype(np.float32)
    info = np.iinfo(spec.dtype)
    if chance.random() < 0.1:
        return chance.choice([info.min, info.max], spec.shape).astype(spec.dtype)
    return chance.integers(info.min, info.max, spec.shape, spec.dtype, endpoint=True)


def scale(chance: np.random.Generator, low: float = 1e-3, high: float = 1.0) -> float:
    """Any scale, as float32 stores it."""
    return float(np.float32(np.exp(chance.uniform(np.log(low), np.log(high)))))


def zero(chance: np.random.Generator, dtype: str = "int8") -> int:
    """Any zero point, now and then an extreme one; int16 has only 0."""
    if dtype == "int16":
        return 0
    info = np.iinfo(dtype)
    if chance.random() < 0.2:
        return int(chance.choice([info.min, 0, info.max]))
    return int(chance.integers(info.min, info.max, endpoint=True))


def shape(chance: np.random.Generator, rank: int, most: int = 6) -> tuple[int, ...]:
    """Any sizes."""
    return tuple(int(size) for size in chance.integers(1, most, rank, endpoint=True))
