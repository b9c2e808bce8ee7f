"""A model that is open on a device: inputs go over the link, the device computes, outputs come."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from edgesdk.backend import Arrays
from edgesdk.bench import MEASURED, Figure
from edgesdk.errors import InternalFault
from edgesdk.session import BaseSession
from edgesdk.tensors import TensorSpec

from .interface import Interface
from .on_device import OnDevice
from .smp.model_group import ModelGroup, OpenReply


class McuSession(BaseSession):
    """One opened model. The device has room for one: opening another ends this session."""

    def __init__(
        self,
        group: ModelGroup,
        model: OnDevice,
        opened: OpenReply,
        interface: Interface,
    ) -> None:
        super().__init__(interface.inputs, interface.outputs)
        self._group, self._model, self._opened = group, model, opened
        self._count: int | None = None
        want, have = _bytes(self.inputs), opened.inputs
        if want != have or _bytes(self.outputs) != opened.outputs:
            raise InternalFault(
                "The device's plan has other inputs or outputs than its interface says",
                evidence=f"{have} bytes of inputs where {want} belong",
                code=31,
            )

    def figures(self) -> Mapping[str, Figure]:
        """What the device counted of the last run, and the memory that its plan takes."""
        memory = self._model.memory("plan")
        if self._count is None:
            return memory
        figures = memory | self._model.work(self._count)
        cycles = figures.get("cycles")
        if cycles is not None:
            seconds = self._count / self._model.device.clock
            figures["device_latency"] = Figure(seconds, "s", MEASURED, cycles.note)
        return figures

    def _run(self, arrays: Arrays) -> Arrays:
        data = b"".join(np.ascontiguousarray(arrays[s.name]).tobytes() for s in self.inputs)
        with self._group.turn:  # inputs, run and outputs are several requests
            self._model.live()
            inline = len(data) <= self._group.payload
            if not inline:
                self._group.feed(data)
            got, self._count = self._group.infer(
                data if inline else None, self._opened.outputs, self._model.seconds
            )
        return _split(got, self.outputs)

    def _close(self) -> None:
        self._model.ended = True


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
