"""The plug-in: what the entry point ``cpu`` names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from edgesdk.address import Address
from edgesdk.backend import Compiled, DeviceInfo
from edgesdk.config import store_folder
from edgesdk.errors import NoDevice
from edgesdk.formats import SourceModel

if TYPE_CHECKING:
    from edgesdk.bundle import Bundle
    from edgesdk.decoder.config import DecoderConfig

    from .device import CpuDevice


class CpuBackend:
    """Serves ``cpu:`` addresses and the target ``cpu``."""

    name = "cpu"
    schemes = ("cpu",)
    targets = ("cpu",)

    def discover(self) -> Sequence[DeviceInfo]:
        """This machine."""
        return [self.connect(Address("cpu")).info]

    def connect(self, address: Address) -> CpuDevice:
        """Connect to ``cpu:``, with options such as ``cpu:?threads=2&store=/var/lib/models``."""
        if address.rest:
            raise NoDevice(
                f"There is no device {address}",
                evidence="the CPU of this machine is 'cpu:', with nothing between : and ?",
                next_step="Give --device cpu:",
            )
        from .device import CpuDevice

        return CpuDevice(address)

    def device_of(self, address: Address) -> Path:
        """The folder of its store; see ``edgesdk.backend.NamesDevices``."""
        from .options import from_address

        return from_address(address.options).store or store_folder()

    def compile(self, model: SourceModel, target: str, options: Mapping[str, str]) -> Compiled:
        """Compile for the CPU."""
        from .compile import compile_cpu

        return compile_cpu(model, options)

    def shape(self, bundle: Bundle) -> DecoderConfig | None:
        """The sizes of the decoder in a bundle. Raises ``VerificationMismatch`` (EDGE-0761)."""
        from edgesdk.store import bundled_source

        from .decoder.opening import packed_file
        from .engines import DECODER, engine_of

        if engine_of(bundle.manifest) != DECODER:
            return None
        with packed_file(bundled_source(bundle)) as packed:
            return packed.config

    def doctor(self) -> Sequence[tuple[str, bool, str]]:
        """The kernels of language models."""
        from .doctor import rows

        return rows()
