"""From steps with places to the bytes of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from edgesdk.errors import InternalFault
from edgesdk.native import ffi, lib

from .graph import Array, Tensor
from .memory import Layout
from .plan_file import NO_VALUE, Place, Variable
from .rewrite import Rewritten
from .step import Step


class Constants:
    """The constants' section while it grows; equal ones are there once, each 16-byte aligned."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._places: dict[bytes, int] = {}
        self._end = 0

    def add(self, array: Array) -> int:
        """The offset of an array's bytes, little-endian, in C order."""
        order = array.dtype.newbyteorder("<")
        data = np.ascontiguousarray(array, order).tobytes()
        if data not in self._places:
            self._places[data] = self._end
            self._parts.append(data + bytes(-len(data) % 16))
            self._end += len(self._parts[-1])
        return self._places[data]

    def content(self) -> bytes:
        """The section."""
        return b"".join(self._parts)


class Writer:
    """Fills in the places of a layout."""

    def __init__(self, graph: Rewritten, layout: Layout) -> None:
        self.graph, self.layout = graph, layout
        self.constants = Constants()

    def offset(self, tensor: Tensor) -> int:
        """Where a tensor lies in the arena."""
        return self.layout.offsets[self.graph.root(tensor)]

    def place(self, tensor: Tensor) -> Place:
        """An input or output of the plan."""
        return self.offset(tensor), tensor.bytes

    def variable(self, tensor: Tensor) -> Variable:
        """A variable tensor: its own value, else zeros of its quantisation, as LiteRT begins."""
        if tensor.data is not None:
            return (*self.place(tensor), self.constants.add(tensor.data), 0)
        zero = tensor.zero_point[0] if tensor.dtype == "int8" and tensor.zero_point else 0
        return (*self.place(tensor), NO_VALUE, zero & 0xFF)

    def record(self, index: int, step: Step) -> tuple[int, bytes]:
        """The record of a step."""
        name = f"struct edge_{step.kernel}"
        values: dict[str, Any] = {key: _plain(value) for key, value in step.fields.items()}
        values |= {field: self.offset(tensor) for field, tensor in step.tensors.items()}
        values |= {field: self.constants.add(array) for field, array in step.constants.items()}
        known = {field for field, _ in ffi.typeof(name).fields}
        if "scratch" in known:
            values.setdefault("scratch", self.layout.scratch.get(index, 0))
        _check_fields(step, known, values)
        return getattr(lib, f"EDGE_KIND_{step.kernel}"), bytes(
            ffi.buffer(ffi.new(f"{name} *", values))
        )


def _check_fields(step: Step, known: set[str], values: Mapping[str, Any]) -> None:
    optional = {field for field in known if field.startswith("reserved")}
    if wrong := (known ^ set(values)) - optional:
        raise InternalFault(
            f"The lowering of {step.layer} does not fill the record of {step.kernel}",
            evidence=f"fields: {', '.join(sorted(wrong))}",
            code=39,
        )


def _plain(value: Any) -> Any:
    """Python's own numbers, which is what cffi takes."""
    if isinstance(value, Sequence | np.ndarray):
        return [_plain(item) for item in value]
    return int(value)
