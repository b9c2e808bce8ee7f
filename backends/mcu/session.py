"""A model that is open on a device: inputs go over the link, the device computes, outputs come."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from edgesdk.backend import Arrays
from edgesdk.bench import COUNTED, MEASURED, Figure
from edgesdk.errors import InternalFault, LinkFailed
from edgesdk.session import BaseSession
from edgesdk.tensors import TensorSpec

from .interface import Interface
from .smp.model_group import DeviceReply, ModelGroup, OpenReply


class McuSession(BaseSession):
    """One opened model. The device has room for one: opening another ends this session."""

    def __init__(
        self,
        group: ModelGroup,
        device: DeviceReply,
        opened: OpenReply,
        interface: Interface,
        *,
        slot: int,
        size: int,
        seconds: float,
    ) -> None:
        super().__init__(interface.inputs, interface.outputs)
        self._group, self._device, self.opened, self.slot = group, device, opened, slot
        self._seconds, self._size = seconds, size
        self._count: int | None = None
        self.ended = False
        want, have = _bytes(self.inputs), opened.inputs
        if want != have or _bytes(self.outputs) != opened.outputs:
            raise InternalFault(
                "The device's plan has other inputs or outputs than its interface says",
                evidence=f"{have} bytes of inputs where {want} belong",
                code=31,
            )

    def figures(self) -> Mapping[str, Figure]:
        """What the device counted of the last run, and the memory that its plan takes."""
        figures = {
            "peak_memory": Figure(self.opened.arena, "B", COUNTED, "arena of the plan"),
            "flash": Figure(self._size, "B", COUNTED, "the model's image in its slot"),
        }
        if self._count is None:
            return figures
        if self._device.unit == "instructions":
            note = "by the emulator; not cycles, and no time on hardware"
            figures["instructions"] = Figure(self._count, "instructions", COUNTED, note)
        else:
            note = f"cycle counter of the device at {self._device.clock} Hz"
            figures["cycles"] = Figure(self._count, "cycles", MEASURED, note)
            seconds = self._count / self._device.clock
            figures["device_latency"] = Figure(seconds, "s", MEASURED, note)
        return figures

    def _run(self, arrays: Arrays) -> Arrays:
        if self.ended:
            raise LinkFailed(
                "The device has opened another model since", next_step="Open it again", code=20
            )
        data = b"".join(np.ascontiguousarray(arrays[s.name]).tobytes() for s in self.inputs)
        inline = len(data) <= self._group.payload
        if not inline:
            self._group.feed(data)
        got, self._count = self._group.infer(
            data if inline else None, self.opened.outputs, self._seconds
        )
        return _split(got, self.outputs)

    def _close(self) -> None:
        self.ended = True


def _bytes(specs: tuple[TensorSpec, ...]) -> int:
    return sum(_size(spec) for spec in specs)


def _size(spec: TensorSpec) -> int:
    return int(np.prod([int(axis) for axis in spec.shape])) * spec.numpy_dtype.itemsize


def _split(data: bytes, specs: tuple[TensorSpec, ...]) -> Arrays:
    arrays: Arrays = {}
    offset = 0
    for spec in specs:
        size = _size(spec)
        flat = np.frombuffer(data[offset : offset + size], spec.numpy_dtype)
        arrays[spec.name] = flat.reshape([int(axis) for axis in spec.shape]).copy()
        offset += size
    return arrays
