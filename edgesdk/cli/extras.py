"""The extras: what each is for, which libraries it brings, and which of them are here."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version

from ..version_range import contains

# In the order in which a user comes to need them.
PURPOSES = {
    "cpu": "networks on this machine's CPU",
    "host": "compiling ONNX and TFLite models",
    "media": "sounds and pictures as inputs",
    "emulator": "emulated microcontrollers",
    "mcu": "microcontrollers on serial ports",
    "decoder": "tokenizers and chats of language models",
    "serve": "language models over HTTP",
    "report": "plots",
    "microphone": "sound from a microphone",
    "dask": "sweeps on many machines",
    "pynq": "the FPGA, on its board",
}
ON_BOARDS = {"pynq"}  # asks for a numpy that a laptop should not go back to
HIDDEN = {"dev", "train"}  # for a source tree: its tests, and its tools

_REQUIREMENT = re.compile(r"([\w.-]+)\s*(?:\[([\w.,-]+)\])?\s*([^;]*?)\s*(?:;\s*(.*))?")
_CLAUSE = re.compile(r"(\w+)\s*(==|!=|<=|>=|<|>)\s*[\"']([^\"']*)[\"']")


@dataclass(frozen=True)
class Extra:
    """An extra on this machine. ``found``: libraries and versions; ``missing``: what is wrong."""

    name: str
    purpose: str
    found: dict[str, str]
    missing: dict[str, str]

    @property
    def command(self) -> str:
        """What installs it."""
        return install([self.name])


def install(names: list[str]) -> str:
    """The command that installs extras."""
    return f"pip install 'edgesdk[{','.join(names)}]'"


def extras() -> list[Extra]:
    """All extras, in the order of ``PURPOSES``; none where edgesdk was never installed."""
    try:
        lines = requires("edgesdk") or ()
    except PackageNotFoundError:
        return []
    wanted = [found for text in lines for found in _wanted(text)]
    return [_examine(name, wanted) for name in PURPOSES]


@dataclass(frozen=True)
class _Wanted:
    """That an extra wants a library of some versions, or all of another extra."""

    extra: str
    library: str
    versions: str
    includes: tuple[str, ...]


def _examine(name: str, wanted: list[_Wanted]) -> Extra:
    found: dict[str, str] = {}
    missing: dict[str, str] = {}
    for want in _all_of(name, wanted):
        try:
            have = version(want.library)
        except PackageNotFoundError:
            missing[want.library] = f"{want.library} is not installed"
            continue
        if contains(want.versions, have):
            found[want.library] = have
        else:
            missing[want.library] = f"{want.library} {have} is not {want.versions}"
    return Extra(name, PURPOSES[name], found, missing)


def _all_of(name: str, wanted: list[_Wanted]) -> Iterator[_Wanted]:
    """What an extra wants, and what those want that it includes."""
    for want in [want for want in wanted if want.extra == name]:
        if want.library != "edgesdk":
            yield want
        for other in want.includes:
            yield from _all_of(other, wanted)


def _wanted(text: str) -> Iterator[_Wanted]:
    """What a line of the metadata wants on this machine, if an extra does that we show."""
    split = _REQUIREMENT.fullmatch(text)
    assert split is not None, text
    library, includes, versions, marker = split.groups(default="")
    clauses = {name: (sign, value) for name, sign, value in _CLAUSE.findall(marker)}
    extra = clauses.pop("extra", ("", ""))[1]
    if extra in PURPOSES and all(_holds(name, *rest) for name, rest in clauses.items()):
        yield _Wanted(extra, library, versions, tuple(filter(None, includes.split(","))))


def _holds(name: str, sign: str, value: str) -> bool:
    """Whether a clause of a marker holds here. Markers of the extras shown join clauses by and."""
    here = {
        "platform_system": platform.system(),
        "platform_machine": platform.machine(),
        "sys_platform": sys.platform,
        "python_version": ".".join(platform.python_version_tuple()[:2]),
    }[name]
    if name == "python_version":
        return contains(sign + value, here)
    return (here == value) == (sign == "==")
