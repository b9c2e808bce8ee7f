"""Addresses of boards at a distance: ``ssh://user@host:port/INNER``, and INNER is the board's own.

``agent=PATH`` and ``ssh_config=FILE`` are this backend's options; all others belong to INNER.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from edgesdk.address import Address
from edgesdk.errors import UsageError
from edgesdk.option_values import only_known, path

SCHEME = "ssh"
AGENT, CONFIG = "agent", "ssh_config"  # options
PROGRAM = "edgesdk"  # on the board, where the address names no other

# What a user's and a host's name may hold: nothing that a shell or ssh reads as something else.
_USER = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.+-]{0,63}")
_HOST = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]{0,254}|\[[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9_.-]+)?\]")
_PORT = re.compile(r"[0-9]{1,5}")
_PLACE = re.compile(r"(?:([^@]*)@)?(\[[^\]]*\]|[^:]*)(?::(.*))?")


@dataclass(frozen=True)
class BoardAddress:
    """Which board, and which device of it.

    ``inner`` is None where the address names none: then the board is asked what it has.
    """

    host: str
    user: str = ""
    port: int | None = None
    inner: Address | None = None
    options: dict[str, str] = field(default_factory=dict)  # AGENT and CONFIG, as they were given

    @property
    def destination(self) -> str:
        """What ssh is told: ``user@host``, or the name of a host in its configuration."""
        host = self.host.strip("[]")
        return f"{self.user}@{host}" if self.user else host

    @property
    def config(self) -> Path | None:
        """The file that ssh reads instead of the user's own."""
        return path(self.options[CONFIG]) if CONFIG in self.options else None

    @property
    def way(self) -> list[str]:
        """What ssh is told of the way there."""
        config = ["-F", str(self.config)] if self.config is not None else []
        return [*config, *(["-p", str(self.port)] if self.port is not None else [])]

    @property
    def program(self) -> str:
        """For the board's shell; a path that begins with ``~/`` is in the home there."""
        program = self.options.get(AGENT, PROGRAM)
        home, rest = ("~/", program[2:]) if program.startswith("~/") else ("", program)
        return home + shlex.quote(rest)

    @property
    def to_try(self) -> str:
        """A command with which a person sees whether the board has its program."""
        return shlex.join(["ssh", *self.way, "--", self.destination, f"{self.program} --version"])

    def of(self, inner: str) -> str:
        """The address of one of the board's devices, as this machine names it.

        Raises ``UsageError`` for one that says which programs run: that is not the board's to say.
        """
        found = Address.parse(inner)
        if not found.options.keys().isdisjoint((AGENT, CONFIG)):
            raise _bad(found, f"{AGENT} and {CONFIG} are no options of a device")
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port is not None else ""
        rest = f"//{user}{self.host}{port}/{found.scheme}:{found.rest}"
        return str(Address(SCHEME, rest, {**found.options, **self.options}))


def read(address: Address) -> BoardAddress:
    """Read an address. Raises ``UsageError`` (EDGE-02293, EDGE-02294)."""
    place, _, inner = address.rest.removeprefix("//").partition("/")
    match = _PLACE.fullmatch(place)
    if not address.rest.startswith("//") or match is None:
        raise _bad(address, "behind ssh: belong two slashes and a host")
    user, host, port = match.groups()
    if not _HOST.fullmatch(host):
        raise _bad(address, f"{host[:60]!r} is no name of a host")
    if user is not None and not _USER.fullmatch(user):
        raise _bad(address, f"{user[:60]!r} is no name of a user")
    if port is not None and not (_PORT.fullmatch(port) and 1 <= int(port) <= 65535):
        raise _bad(address, f"{port[:20]!r} is no port: a port is a number from 1 to 65535")
    own = {key: text for key, text in address.options.items() if key in (AGENT, CONFIG)}
    rest = {key: text for key, text in address.options.items() if key not in own}
    if "" in own.values() or any("\0" in text for text in own.values()):
        raise _bad(address, f"{AGENT} and {CONFIG} are paths")
    if not inner:
        only_known(rest, (AGENT, CONFIG), f"{SCHEME}: without a device of the board")
    number = int(port) if port is not None else None
    return BoardAddress(host, user or "", number, _inner(address, inner, rest), own)


def _inner(address: Address, text: str, options: dict[str, str]) -> Address | None:
    if not text:
        return None
    found = Address.parse(text)
    if found.scheme == SCHEME:
        raise UsageError(
            "A board at a distance does not lead to the next one",
            evidence=f"behind the host of {address} there is another ssh:",
            next_step="Let OpenSSH jump: ProxyJump in its configuration, then ssh://HOST/DEVICE",
            code=294,
        )
    return Address(found.scheme, found.rest, options)


def _bad(address: Address, why: str) -> UsageError:
    return UsageError(
        f"{str(address)[:80]!r} is no address of a board at a distance",
        evidence=why,
        next_step="It looks like ssh://user@host/cpu: or ssh://user@host:2222/serial:/dev/ttyACM0",
        code=293,
    )
