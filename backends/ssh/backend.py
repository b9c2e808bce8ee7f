"""The plug-in: what the entry point ``ssh`` names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from edgesdk.address import Address
from edgesdk.backend import Compiled, DeviceInfo
from edgesdk.errors import UsageError
from edgesdk.formats import SourceModel

if TYPE_CHECKING:
    from .device import SshDevice


class SshBackend:
    """Serves ``ssh:`` addresses, of any device that a board at a distance has. No targets."""

    name = "ssh"
    schemes = ("ssh",)
    targets: tuple[str, ...] = ()

    def discover(self) -> Sequence[DeviceInfo]:
        """None: a network is not searched."""
        return ()

    def connect(self, address: Address) -> SshDevice:
        """Connect to a device of a board; see ``docs/remote-boards.md``."""
        from .connect import connect

        return connect(address)

    def compile(self, model: SourceModel, target: str, options: Mapping[str, str]) -> Compiled:
        """Nothing is compiled for ssh, but for the device behind it."""
        raise UsageError(
            f"There is no target {target!r} behind ssh",
            next_step="Compile for the device's own target: 'edgesdk devices --device ADDRESS'",
            code=296,
        )

    def doctor(self) -> Sequence[tuple[str, bool, str]]:
        """Whether the OpenSSH client is there."""
        from .connection.process import PROGRAM, ssh_program

        found = ssh_program()
        missing = f"not found (PATH, or {PROGRAM}); for example: apt install openssh-client"
        return [("OpenSSH client", found is not None, found or missing)]
