"""What may stand behind the question mark of an address, and what it means."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from edgesdk.address import Address
from edgesdk.errors import UsageError

from .emulator.faults import TEARS

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
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


def _values(address: Address, known: Mapping[str, Callable[[str], Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, text in address.options.items():
        if key not in known:
            raise UsageError(
                f"{address.scheme}: has no option {key!r}",
                evidence=f"known: {', '.join(sorted(known))}",
                code=57,
            )
        try:
            values[key] = known[key](text)
        except ValueError as error:
            raise UsageError(
                f"The option {key} of {address.scheme}: cannot be {text[:40]!r}",
                evidence=str(error),
                code=57,
            ) from None
    return values


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise ValueError(f"from {low} to {high}")
        return value

    return read


def _real(low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = float(text)
        if not low <= value <= high:
            raise ValueError(f"from {low:g} to {high:g}")
        return value

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return text

    return read


def _yes(text: str) -> bool:
    return _one_of("yes", "no")(text) == "yes"


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("up to 32 of a-z, 0-9, - and _")
    return text


def _path(text: str) -> Path:
    if "\0" in text or not text:
        raise ValueError("a path")
    return Path(text)


_BAUD = _whole(1200, 8_000_000)
_LINK: dict[str, Callable[[str], Any]] = {
    "deadline": _real(0.01, 60),
    "inference": _real(0.1, 3600),
    "replace": _yes,
    "noise": _real(0, 0.5),
    "drop": _real(0, 1),
    "double": _real(0, 1),
    "link_seed": _whole(0, 2**31),
}
_EMULATOR: dict[str, Callable[[str], Any]] = {
    "engine": _one_of(*ENGINES),
    "name": _name,
    "state": _path,
    "cut": _whole(0, 2**31),
    "tear": _one_of(*TEARS),
    "flip": _real(0, 0.5),
    "seed": _whole(0, 2**31),
}
