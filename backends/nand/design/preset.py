"""Presets: the parameters of one device as a file, each with where it is from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from edgesdk.errors import UsageError
from edgesdk.formats.toml_file import only_keys, parse_toml

from .consistency import check_consistent
from .design import Design
from .parameters import PARAMETERS, Parameter

FOLDER = Path(__file__).parent.parent / "presets"
_LARGEST = 1 << 18  # bytes
_LONGEST = 4096  # characters of a path, as on Linux
_TOP = {"about", "extends", "design"}
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")


@dataclass(frozen=True)
class Entry:
    """One parameter's value, where it is from, and the range it may be in where it is not known."""

    value: Any
    source: str
    low: Any = None
    high: Any = None

    @property
    def band(self) -> tuple[Any, Any, Any]:
        """Low, value, high; three times the value where no range is stated."""
        low = self.value if self.low is None else self.low
        return low, self.value, self.value if self.high is None else self.high


@dataclass(frozen=True)
class Preset:
    """A device: its design, and an entry for every parameter of it."""

    name: str
    about: str
    entries: Mapping[str, Entry]
    design: Design


def preset_names() -> list[str]:
    """The presets that come with edgesdk."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def read_preset(text: str) -> Preset:
    """A preset by its name, or from a file of the user's.

    Raises ``UsageError``: EDGE-02221 where there is none, EDGE-02222 for a file that is no preset,
    EDGE-02224 for a design that contradicts itself.
    """
    return _shipped(text) if text in preset_names() else _own(text)


@lru_cache(maxsize=16)
def _shipped(name: str) -> Preset:
    return _read(FOLDER / f"{name}.toml", name)


def _own(text: str) -> Preset:
    if not text.endswith(".toml") or len(text) > _LONGEST or "\0" in text:
        raise UsageError(
            f"There is no preset {text[:80]!r}",
            evidence="it is no name of one, and no .toml file",
            next_step=f"Presets with a name: {', '.join(preset_names())}. For a file of your own "
            "give its path: --option preset=FILE.toml, or preset=FILE.toml in an address",
            code=221,
        )
    path = Path(text)
    if path.stem in preset_names():
        raise _bad(path, f"a preset that comes with edgesdk has its name, {path.stem}")
    if not _NAME.fullmatch(path.stem):
        raise _bad(path, "its name must be up to 32 of a-z, 0-9, dots, - and _")
    return _read(path, path.stem)


def _read(path: Path, name: str) -> Preset:
    try:
        return parse_toml(path, _LARGEST, lambda document: _parsed(name, document))
    except ValueError as error:
        raise _bad(path, str(error)) from None


def _bad(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path.name[:80]} is no preset",
        evidence=why,
        next_step="docs/nand-design.md says what a file of your own holds",
        code=222,
    )


def _parsed(name: str, document: Mapping[str, Any]) -> Preset:
    only_keys(document, _TOP, "the file")
    about, given = document.get("about", ""), document.get("design")
    if not isinstance(about, str) or not isinstance(given, dict):
        raise ValueError("it needs a table [design], and about is a text")
    only_keys(given, set(PARAMETERS), "[design]")
    entries = {**_base(document.get("extends"), name)}
    entries |= {key: _entry(PARAMETERS[key], value) for key, value in given.items()}
    if missing := [key for key in PARAMETERS if key not in entries]:
        raise ValueError(f"[design] lacks {', '.join(missing)}")
    entries = {key: entries[key] for key in PARAMETERS}
    design = Design(name, **{key: entry.value for key, entry in entries.items()})
    check_consistent(design)
    return Preset(name, _line(about), entries, design)


def _base(extends: Any, name: str) -> Mapping[str, Entry]:
    """What the file does not say itself: of a preset that comes with edgesdk, never of a file."""
    if extends is None:
        return {}
    if not isinstance(extends, str) or extends not in preset_names() or extends == name:
        others = [known for known in preset_names() if known != name]
        raise ValueError(f"extends must be one of {', '.join(others)}")
    return _shipped(extends).entries


def _entry(parameter: Parameter, given: Any) -> Entry:
    """``{ value, source }``, and ``low`` and ``high`` where the value is not known well."""
    key = parameter.key
    if not isinstance(given, dict) or "value" not in given:
        raise ValueError(f"{key} must be a table with a value and its source")
    only_keys(given, {"value", "source", "low", "high"}, key)
    source = given.get("source")
    if not isinstance(source, str) or not source.strip():
        raise ValueError(f"{key} needs its source, a text")
    numbers = {name: _checked(parameter, given[name]) for name in given if name != "source"}
    entry = Entry(source=_line(source), **numbers)
    if ("low" in given or "high" in given) and parameter.kind not in ("int", "float"):
        raise ValueError(f"{key} has no range, since it is no number")
    if list(entry.band) != sorted(entry.band):
        raise ValueError(f"{key}: low, value and high are in the wrong order")
    return entry


def _checked(parameter: Parameter, value: Any) -> Any:
    try:
        return parameter.checked(value)
    except ValueError as error:
        raise ValueError(f"{parameter.key} cannot be {str(value)[:40]!r}: {error}") from None


def _line(text: str) -> str:
    """What people read, on one line."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(shown.split())[:1000]
