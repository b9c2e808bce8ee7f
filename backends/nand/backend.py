"""The plug-in: what the entry point ``nand`` names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgesdk.address import Address
from edgesdk.backend import Compiled, DeviceInfo
from edgesdk.errors import NoDevice
from edgesdk.formats import SourceModel

if TYPE_CHECKING:
    from edgesdk.bundle import Bundle
    from edgesdk.decoder.config import DecoderConfig
    from edgesdk.explore import Axis, Evaluator, Objective
    from edgesdk.predict import Prediction, Question
    from edgesdk.predict.target import Target

    from .device import NandDevice


class NandBackend:
    """Serves ``emu:nand`` addresses and the targets ``nand:...``."""

    name = "nand"
    schemes = ("emu:nand",)
    targets = ("nand:",)

    def discover(self) -> Sequence[DeviceInfo]:
        """None: nobody sells such a device, and an emulated one is made by its address."""
        return []

    def connect(self, address: Address) -> NandDevice:
        """Connect to ``emu:nand``; ``docs/nand.md`` has the options."""
        if address.rest != "nand":
            raise NoDevice(
                f"There is no device {address}",
                evidence="the emulated one is 'emu:nand', with nothing between nand and ?",
                code=30,
            )
        from .device import NandDevice

        return NandDevice(address)

    def device_of(self, address: Address) -> Path:
        """The folder of its flash; see ``edgesdk.backend.NamesDevices``."""
        from .options import from_address

        options = from_address(address)
        return options.devices.of(options.name)

    def compile(self, model: SourceModel, target: str, options: Mapping[str, str]) -> Compiled:
        """Quantise a decoder for pages of flash."""
        from .compile import compile_nand

        return compile_nand(model, target, options)

    def predict(self, question: Question) -> Prediction:
        """How fast a model would be; see ``edgesdk.predict``."""
        from .timing.predict import predict_nand

        return predict_nand(question)

    def trace(self, question: Question) -> Mapping[str, Any]:
        """A token on a time line; see ``edgesdk.predict.Tracing``."""
        from .timing.trace import trace_nand

        return trace_nand(question)

    def prediction_target(self, address: Address) -> Target:
        """What an address of ``emu:nand`` says of a prediction."""
        from .options import prediction_target

        return prediction_target(address)

    def objectives(self) -> tuple[Objective, ...]:
        """What a sweep can tell of a design; see ``edgesdk.explore.Exploring``."""
        from .explore import OBJECTIVES

        return OBJECTIVES

    def evaluator(self, question: Question, axes: Sequence[Axis]) -> Evaluator:
        """What tells it of many designs; see ``edgesdk.explore.Exploring``."""
        from .explore import NandEvaluator

        return NandEvaluator.of(question, axes)

    def shape(self, bundle: Bundle) -> DecoderConfig:
        """The sizes of the decoder in a bundle. Raises ``VerificationMismatch`` (EDGE-0778)."""
        from edgesdk.store import bundled_source

        from .memory.source import model_file

        with closing(model_file(bundled_source(bundle))) as file:
            return file.config

    def kept(self, address: Address) -> Sequence[str]:
        """Emulated devices that are there; see ``edgesdk.emulated.KeepsEmulated``."""
        from .options import from_address

        return from_address(address).devices.names()

    def doctor(self) -> Sequence[tuple[str, bool, str]]:
        """The kernels and the presets."""
        from .doctor import rows

        return rows()
