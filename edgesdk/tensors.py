"""What a tensor is: name, dtype, shape, units, quantisation. And the check of inputs against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import InputMismatch

Array = NDArray[Any]

# dtype names that a manifest may use, and the numpy dtype an array of it has. A type that numpy
# lacks travels as its bits in an unsigned integer of the same width, the way onnx stores it.
AS_BITS = frozenset({"bfloat16", "float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz"})
DTYPES: dict[str, np.dtype[Any]] = {
    **{
        name: np.dtype(name)
        for name in (
            "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 "
            "float16 float32 float64 complex64 complex128"
        ).split()
    },
    "string": np.dtype(object),
    "bfloat16": np.dtype("uint16"),
    "float8e4m3fn": np.dtype("uint8"),
    "float8e4m3fnuz": np.dtype("uint8"),
    "float8e5m2": np.dtype("uint8"),
    "float8e5m2fnuz": np.dtype("uint8"),
}

# The shape of a tensor of which the source model does not even say how many axes it has.
ANY_SHAPE: tuple[int | str, ...] = ("...",)


@dataclass(frozen=True)
class Quantisation:
    """Affine quantisation: real = scale * (stored - zero_point).

    One scale and zero point, or one per index of ``axis``.
    """

    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int | None = None


@dataclass(frozen=True)
class TensorSpec:
    """One input or output of a model.

    ``dtype``: ``"float32"``, ``"int8"``, ``"string"``, ... ``units``: what a value is, as text for
    people (``"samples at 16000 Hz"``). ``shape`` holds an int for a fixed axis, and the axis's name
    for a dynamic one (``"?"`` where the source model gives none); ``ANY_SHAPE`` allows any axes.
    ``labels`` name the entries of the last axis.
    """

    name: str
    dtype: str
    shape: tuple[int | str, ...]
    units: str = ""
    quantisation: Quantisation | None = None
    labels: tuple[str, ...] = ()

    @property
    def numpy_dtype(self) -> np.dtype[Any]:
        """The numpy dtype an array for this tensor has."""
        return DTYPES[self.dtype]

    def allows(self, shape: Sequence[int]) -> bool:
        """Whether an array of that shape is one of this tensor's."""
        if self.shape == ANY_SHAPE:
            return True
        return len(shape) == len(self.shape) and all(
            isinstance(want, str) or have == want
            for have, want in zip(shape, self.shape, strict=True)
        )

    def describe(self) -> str:
        """For example ``float32[1, batch, 64]``."""
        return f"{self.dtype}[{', '.join(map(str, self.shape))}]"


_OTHER_DTYPE = "the dtype differs"
_OTHER_SHAPE = "the shape differs"


class InputChecker:
    """Checks a mapping of inputs against specs; built once for a session, called on every run."""

    def __init__(self, specs: Sequence[TensorSpec]) -> None:
        self.specs = tuple(specs)
        self._rows = [(spec, spec.name, spec.numpy_dtype, spec.shape) for spec in specs]

    def __call__(self, inputs: Mapping[str, Any]) -> dict[str, Array]:
        """Return the inputs as arrays, without a copy where they are arrays already.

        Raises ``InputMismatch`` (EDGE-0202) naming the input, what was given and what is wanted.
        """
        if not isinstance(inputs, Mapping):
            raise self._no_mapping(inputs)
        arrays: dict[str, Array] = {}
        for spec, name, dtype, shape in self._rows:
            try:
                array = inputs[name]
            except KeyError:
                raise self._names(inputs) from None
            if type(array) is not np.ndarray:
                array = _as_array(array, spec)
            if spec.dtype == "string":
                array = _texts(array, spec)
            elif array.dtype != dtype:
                raise _mismatch(spec, _given(array), _OTHER_DTYPE)
            if array.shape != shape and not spec.allows(array.shape):
                raise _mismatch(spec, _given(array), _OTHER_SHAPE)
            arrays[name] = array
        if len(inputs) != len(arrays):
            raise self._names(inputs)
        return arrays

    def _no_mapping(self, inputs: object) -> InputMismatch:
        call = ", ".join(f"{spec.name!r}: array" for spec in self.specs)
        return InputMismatch(
            f"The inputs must be a mapping of arrays by name, got {type_of(inputs)}",
            evidence=f"the model takes {_listed(s.name for s in self.specs)}",
            next_step=f"Call session.run({{{call}}})",
        )

    def _names(self, inputs: Mapping[str, Any]) -> InputMismatch:
        return InputMismatch(
            f"The model's inputs are {_listed(s.name for s in self.specs)}",
            evidence=f"given: {_listed(inputs)}",
            next_step="Give every input once, by its name",
        )


def type_of(value: object) -> str:
    """What somebody gave, in a message: ``list``, ``ndarray``, ``None``."""
    return "None" if value is None else type(value).__name__


def _listed(names: Any) -> str:
    return ", ".join(repr(name) for name in names) or "none"


def _as_array(value: Any, spec: TensorSpec) -> Array:
    """A list or scalar takes the spec's dtype only where that loses nothing.

    An array of a subclass (a memory map, a matrix) must have it already.
    """
    if isinstance(value, np.ma.MaskedArray):
        raise _mismatch(spec, "a masked array", "the model knows no masks")
    try:
        array = np.asarray(value)
        if isinstance(value, np.ndarray) or spec.dtype == "string" or array.dtype.kind in "OUS":
            return array
        with np.errstate(all="ignore"):
            exact: Array = array.astype(spec.numpy_dtype)
        return exact if _nothing_lost(array, exact) else array
    except (TypeError, ValueError, OverflowError) as error:
        raise _mismatch(spec, type(value).__name__, str(error)) from None


def _nothing_lost(array: Array, exact: Array) -> bool:
    """Digits may be rounded away where both are floating point; nothing may become infinite."""
    if array.dtype.kind == "f" and exact.dtype.kind == "f":
        return np.array_equal(np.isfinite(array), np.isfinite(exact))
    return np.array_equal(array, exact)


def _texts(array: Array, spec: TensorSpec) -> Array:
    """The array with str items; bytes are UTF-8."""
    if array.dtype.kind == "U":
        return array.astype(object)
    if array.dtype.kind not in "OS":
        raise _mismatch(spec, _given(array), _OTHER_DTYPE)
    if all(type(item) is str for item in array.flat):
        return array
    try:
        items = [item if isinstance(item, str) else bytes.decode(item) for item in array.flat]
    except (TypeError, UnicodeDecodeError) as error:
        raise _mismatch(spec, _given(array), f"not all of it is text: {error}") from None
    texts = np.empty(array.shape, object)
    texts.reshape(-1)[:] = items
    return texts


def _given(array: Array) -> str:
    return f"{array.dtype}{list(array.shape)}"


def _mismatch(spec: TensorSpec, given: str, why: str) -> InputMismatch:
    return InputMismatch(
        f"Input {spec.name!r} must be {spec.describe()}, got {given}",
        evidence=why,
        next_step=f"Convert it, for example with array.astype('{spec.numpy_dtype}')"
        if why == _OTHER_DTYPE
        else "Give an array of that shape; array.reshape makes one of as many values"
        if why == _OTHER_SHAPE
        else "",
    )
