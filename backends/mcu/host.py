"""Runs an execution plan on this machine, by the same C as a microcontroller runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgesdk.native import ffi, lib
from edgesdk.tensors import Array, InputChecker

from . import interface
from .planner.plan_file import decode
from .planner.refusals import bad_plan

FORMS = ("plain", "dsp")
_LARGEST_ARENA = 1 << 30  # bytes: this is a laptop, and a plan is for kilobytes
_WHY = {
    lib.EDGE_PLAN_MALFORMED: "it is malformed",
    lib.EDGE_PLAN_VERSION: "it is of another version",
    lib.EDGE_PLAN_UNKNOWN_KERNEL: "it needs a kernel that is not there",
    lib.EDGE_PLAN_BAD_RECORD: "a kernel refuses its record",
    lib.EDGE_PLAN_ARENA_TOO_SMALL: "it needs more memory than there is",
}


class HostRuntime:
    """A plan, opened. ``form`` is ``plain``, or ``dsp``: kernels whose DSP instructions are C here.

    Variables keep their content from run to run; ``reset`` gives them their first values again.
    Raises ``ModelRefused`` (EDGE-0289).
    """

    def __init__(self, content: bytes, form: str = "plain") -> None:
        if form not in FORMS:
            raise ValueError(f"form must be one of {FORMS}")
        self._table = getattr(lib, f"edge_operators_{form}")
        arena_bytes = decode(content).arena
        if arena_bytes > _LARGEST_ARENA:
            raise bad_plan(f"it needs an arena of {arena_bytes} bytes")
        self._content, self._arena = _aligned(len(content)), _aligned(arena_bytes)
        self._content[:] = np.frombuffer(content, np.uint8)
        self._plan = ffi.new("struct edge_plan *")
        self._check(arena_bytes)
        self._memory = ffi.new("struct edge_memory *")
        self._memory.arena, self._memory.constants = _pointer(self._arena), self._plan.constants
        face = interface.decode(bytes(ffi.buffer(self._plan.interface, self._plan.interface_bytes)))
        self.inputs, self.outputs = face.inputs, face.outputs
        self._accept = InputChecker(self.inputs)
        self.reset()

    def _check(self, arena_bytes: int) -> None:
        status = lib.edge_plan_check(
            _pointer(self._content),
            self._content.size,
            arena_bytes,
            self._table,
            lib.EDGE_KINDS,
            self._plan,
        )
        if status != lib.EDGE_PLAN_OK:
            raise bad_plan(_WHY[status])

    def reset(self) -> None:
        """Forget all earlier runs."""
        lib.edge_plan_reset(self._plan, self._memory)

    def run(self, inputs: Sequence[Array]) -> list[Array]:
        """One run; outputs are the caller's to keep. Raises ``InputMismatch``."""
        named = {spec.name: array for spec, array in zip(self.inputs, inputs, strict=True)}
        arrays = self._accept(named)
        for index, spec in enumerate(self.inputs):
            place = self._plan.inputs[index]
            data = np.ascontiguousarray(arrays[spec.name]).reshape(-1).view(np.uint8)
            self._arena[place.offset : place.offset + place.bytes] = data
        lib.edge_plan_run(self._plan, self._memory, self._table)
        return [self._output(index) for index in range(len(self.outputs))]

    def _output(self, index: int) -> Array:
        spec, place = self.outputs[index], self._plan.outputs[index]
        data = self._arena[place.offset : place.offset + place.bytes].copy()
        array: Array = data.view(spec.numpy_dtype).reshape(spec.shape)
        return array


def _aligned(size: int) -> Array:
    """Zeros at an address that is a multiple of 16."""
    room = np.zeros(size + 16, np.uint8)
    start = -room.ctypes.data % 16
    return room[start : start + size]


def _pointer(array: Array) -> Any:
    return ffi.cast("uint8_t *", array.ctypes.data)
