"""One operator of a graph with its tensors in place, and the checks that its kernel relies on."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from edgesdk.tensors import Array

from .refusals import misfit, undefined

Step = Callable[[], None]
_INT32 = 2**31


@dataclass(frozen=True)
class Slot:
    """A tensor's place in memory, the same for every run."""

    array: Array
    constant: bool
    quantised: bool


@dataclass
class Node:
    """An operator that is being prepared.

    A kernel's function checks it once with the methods here, and returns the step that each run
    calls. ``resets`` takes what must be done to forget all earlier runs.
    """

    name: str
    inputs: list[Slot]
    outputs: list[Slot]
    custom_options: bytes
    builtin_options: Any
    resets: list[Step] = field(default_factory=list)

    def require(self, condition: bool, why: str) -> None:
        """Raise ``ModelRefused`` (EDGE-0283) unless the condition holds."""
        if not condition:
            raise misfit(self.name, why)

    def undefined(self, why: str) -> Exception:
        """The error of a value for which there is no result (EDGE-0285)."""
        return undefined(self.name, why)

    def arrays(self, inputs: str, outputs: str) -> list[Array]:
        """All inputs, then all outputs, of exactly these dtypes (names with spaces between)."""
        slots = [*self.inputs, *self.outputs]
        given = [slot.array.dtype.name for slot in slots]
        wanted = inputs.split() + outputs.split()
        self.require(
            given == wanted and len(self.outputs) == len(outputs.split()),
            f"its tensors are {', '.join(given)}; they must be {', '.join(wanted)}",
        )
        return [slot.array for slot in slots]

    def plain(self) -> None:
        """Require that no tensor is quantised: the stored numbers are the values."""
        quantised = any(slot.quantised for slot in [*self.inputs, *self.outputs])
        self.require(not quantised, "it would compute on quantised tensors")

    def constants(self, first: int) -> None:
        """Require that all inputs from the given one on are constants."""
        self.require(
            all(slot.constant for slot in self.inputs[first:]),
            f"its inputs from number {first} on must be constants",
        )

    def vectors(self, *arrays: Array) -> None:
        """Require that these have one axis each, and all the same length."""
        self.require(
            all(array.ndim == 1 for array in arrays) and len({a.size for a in arrays}) == 1,
            f"shapes {', '.join(str(list(a.shape)) for a in arrays)} must be vectors of one length",
        )

    def option(self, key: str, lowest: int = -_INT32, highest: int = _INT32 - 1) -> int:
        """A number of the custom options, within bounds."""
        value = self._flexible(key)
        self.require(
            lowest <= value <= highest, f"option {key} is {value}, not {lowest} to {highest}"
        )
        return value

    def _flexible(self, key: str) -> int:
        from flatbuffers import flexbuffers

        # One key of the map at a time: decoding it whole would follow references without end.
        try:
            value = flexbuffers.GetRoot(self.custom_options).AsMap[key]
            if value.IsInt or value.IsBool:
                return int(value.AsInt)
        except (KeyError, IndexError, TypeError, ValueError, OverflowError, struct.error):
            pass
        raise misfit(self.name, f"it has no whole number as option {key}")


def same_shape(a: Array, b: Array) -> bool:
    """Whether two arrays have one shape."""
    return a.shape == b.shape


def is_scalar(array: Array) -> bool:
    """Whether an array holds exactly one element."""
    return bool(np.size(array) == 1)
