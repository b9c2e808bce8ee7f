"""What may stand behind the question mark of an address, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from edgesdk.address import Address
from edgesdk.errors import UsageError
from edgesdk.option_values import Reader, name, one_of, path, read_options, real, whole, yes

from .emulator.faults import TEARS

ENGINES = ("unicorn", "qemu")


@dataclass(frozen=True)
class LinkOptions:
    """For every address of this backend.

    ``baud`` of a serial port; ``deadline``: seconds until a request counts as lost; ``inference``:
    the longest that one inference may take, s; ``replace``: a model of another name may be
    replaced. Faults that the link is given: ``noise`` (bit errors per bit, both ways), ``drop``,
    ``double`` (per write), ``link_seed``.
    """

    baud: int = 1_000_000
    deadline: float = 1.0
    inference: float = 60.0
    replace: bool = False
    noise: float = 0.0
    drop: float = 0.0
    double: float = 0.0
    link_seed: int = 0


@dataclass(frozen=True)
class EmulatorOptions:
    """For ``emu:mcu``.

    ``engine``; ``name`` of the device, one flash file for each; ``state``: the folder of these
    files. Faults: power is ``cut`` at that operation of the flash (1 is the first), which is then
    torn as ``tear`` says; ``flip``: bit errors per bit read from flash; ``seed`` of both.
    """

    engine: str = "unicorn"
    name: str = "board"
    state: Path | None = None
    cut: int = 0
    tear: str = "none"
    flip: float = 0.0
    seed: int = 0


def link_options(address: Address) -> LinkOptions:
    """The options of a serial port or socket. Raises ``UsageError`` (EDGE-0257)."""
    known = {**_LINK, "baud": _BAUD} if address.scheme == "serial" else _LINK
    return LinkOptions(**_values(address, known))


def emulator_options(address: Address) -> tuple[EmulatorOptions, LinkOptions]:
    """The options of an emulator. Raises ``UsageError`` (EDGE-0257)."""
    values = _values(address, {**_LINK, **_EMULATOR})
    mine = {field.name for field in fields(EmulatorOptions)}
    emulator = {key: value for key, value in values.items() if key in mine}
    link = {key: value for key, value in values.items() if key not in mine}
    return EmulatorOptions(**emulator), LinkOptions(**link)


def _values(address: Address, known: Mapping[str, Reader]) -> dict[str, Any]:
    of = f"{address.scheme}:{address.rest if address.scheme == 'emu' else ''}"
    return read_options(address.options, known, of, _refused)


def _refused(what: str, evidence: str) -> UsageError:
    return UsageError(what, evidence=evidence, code=57)


_BAUD = whole(1200, 8_000_000)
_LINK: dict[str, Reader] = {
    "deadline": real(0.01, 60),
    "inference": real(0.1, 3600),
    "replace": yes,
    "noise": real(0, 0.5),
    "drop": real(0, 1),
    "double": real(0, 1),
    "link_seed": whole(0, 2**31),
}
_EMULATOR: dict[str, Reader] = {
    "engine": one_of(*ENGINES),
    "name": name,
    "state": path,
    "cut": whole(0, 2**31),
    "tear": one_of(*TEARS),
    "flip": real(0, 0.5),
    "seed": whole(0, 2**31),
}
