"""A whole third-party backend: the smallest thing that passes the conformance suite.

Its device is "memory with two slots", one set per address, as a small board would have it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edgesdk.address import Address
from edgesdk.backend import Answers, Arrays, Compiled, DeviceInfo
from edgesdk.bundle import Requirements, Tolerance
from edgesdk.errors import ModelRefused, UsageError
from edgesdk.formats import SourceModel

from .board import NumpyBoard
from .device import NumpyDevice
from .session import NumpySession

__all__ = ["NumpyBackend", "NumpyBoard", "NumpyDevice", "NumpySession"]


class NumpyBackend:
    """Serves ``numpy:NAME`` addresses and the target ``numpy``."""

    name = "numpy"
    schemes = ("numpy",)
    targets = ("numpy",)

    def discover(self) -> Sequence[DeviceInfo]:
        """None: its devices come into being when somebody connects."""
        return []

    def connect(self, address: Address) -> NumpyDevice:
        """Connect to the memory of that name."""
        if unknown := sorted(set(address.options) - {"board"}):
            raise UsageError(f"numpy: has no option {unknown[0]!r}", code=9)
        return NumpyBoard(address) if "board" in address.options else NumpyDevice(address)

    def compile(self, model: SourceModel, target: str, options: Mapping[str, str]) -> Compiled:
        """The ONNX file is the only part."""
        if options:
            raise UsageError(f"numpy has no option {next(iter(options))!r}", code=9)
        if model.format != "onnx":
            raise ModelRefused("numpy runs ONNX models only")

        def reference(samples: Sequence[Arrays]) -> Answers:
            session = NumpySession(model.content, model.inputs, model.outputs)
            outputs = tuple(session.run(sample) for sample in samples)
            return Answers(outputs, "onnx.reference", Tolerance(rtol=1e-6))

        return Compiled(
            parts=[("model.onnx", "model", model.content)],
            requirements=Requirements(memory={"ram": len(model.content)}),
            inputs=model.inputs,
            outputs=model.outputs,
            reference=reference,
        )

    def doctor(self) -> Sequence[tuple[str, bool, str]]:
        """It needs nothing but onnx."""
        return []
