"""Profiles: the constants of one design as a file, each with where it is from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from edgesdk.decoder.config import DecoderConfig
from edgesdk.errors import UsageError
from edgesdk.formats.toml_file import only_keys, parse_toml
from edgesdk.predict import Assumption, Published

from .design import DESIGNS, Loaded, Streaming
from .limits import FIXED, LIMITS, MORE, Limits
from .published import FigureOf, figures_in

FOLDER = Path(__file__).parent.parent / "profiles"
CASES = ("best", "expected", "worst")
_LARGEST = 1 << 20  # bytes
_LONGEST = 4096  # characters of a path, as on Linux
_TOP = {"about", "design", "settings", "structure", "published", "peers"}


@dataclass(frozen=True)
class Entry:
    """One constant in the three cases, and where it is from."""

    values: tuple[Any, Any, Any]
    source: str


@dataclass(frozen=True)
class Profile:
    """A design's constants.

    ``structure``: what the equations suppose besides, with its source. ``published``: figures of
    this very design, with all its constants; ``peers``: of others for the same board.
    """

    name: str
    about: str
    design: str
    entries: Mapping[str, Entry]
    structure: Mapping[str, str]
    published: tuple[FigureOf, ...] = ()
    peers: tuple[FigureOf, ...] = ()

    def at(self, case: str) -> Streaming | Loaded:
        """The constants in one case of ``CASES``."""
        index = CASES.index(case)
        chosen = {key: entry.values[index] for key, entry in self.entries.items()}
        return DESIGNS[self.design](**chosen)

    def with_value(self, key: str, value: Any, *, name: str = "") -> Profile:
        """The same with another value of one constant. Raises ``ValueError``, by its ``name``.

        What was published of the design is not of one with another value.
        """
        if key not in self.entries:
            raise ValueError(f"a design of the sort {self.design!r} has no {key}")
        given = {"value": value, "source": "given as an option"}
        entry = _entry(key, given, DESIGNS[self.design], name or key)
        entries = {**self.entries, key: entry}
        if entry.values == self.entries[key].values:
            return replace(self, entries=entries)
        return replace(self, entries=entries, published=())

    def assumptions(self) -> tuple[Assumption, ...]:
        """Every constant, as text, and the structure."""
        constants = [
            Assumption(key, _text(item), item.source) for key, item in self.entries.items()
        ]
        supposed = [Assumption(key, "structure", why) for key, why in self.structure.items()]
        return (*constants, *supposed)

    def figures_of(self, config: DecoderConfig) -> tuple[Published, ...]:
        """What was published of a model of these sizes: on this design, then on others."""
        return tuple(item.figure for item in (*self.published, *self.peers) if item.is_of(config))


def profile_names() -> list[str]:
    """The profiles that come with edgesdk."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def read_profile(text: str) -> Profile:
    """A profile by its name, or from a file. Raises ``UsageError`` (EDGE-02195)."""
    own = text not in profile_names()
    if own and (not text.endswith(".toml") or len(text) > _LONGEST or "\0" in text):
        raise _bad(f"There is no profile {text[:80]!r}", "it is no name, and no .toml file")
    path = Path(text) if own else FOLDER / f"{text}.toml"
    try:
        return parse_toml(path, _LARGEST, lambda document: _parsed(text, document))
    except ValueError as error:
        raise _bad(f"{path.name} is no profile", str(error)) from None


def _bad(what: str, why: str) -> UsageError:
    return UsageError(
        what,
        evidence=why,
        next_step=f"Profiles with a name: {', '.join(profile_names())}; "
        "docs/fpga-timing.md says what a file of your own holds",
        code=195,
    )


def _parsed(name: str, document: Mapping[str, Any]) -> Profile:
    only_keys(document, _TOP, "the file")
    kind = document.get("design")
    if not isinstance(kind, str) or kind not in DESIGNS:
        raise ValueError(f"design is {str(kind)[:40]!r}, and must be one of {', '.join(DESIGNS)}")
    settings, about = document.get("settings"), document.get("about", "")
    if not isinstance(settings, dict) or not isinstance(about, str):
        raise ValueError("it needs a table [settings], and about is a text")
    wanted = [field.name for field in fields(DESIGNS[kind])]
    only_keys(settings, set(wanted), "[settings]")
    if missing := [key for key in wanted if key not in settings]:
        raise ValueError(f"[settings] lacks {', '.join(missing)}")
    entries = {key: _entry(key, settings[key], DESIGNS[kind]) for key in wanted}
    if kind == "loaded":
        _check_dense({key: entry.values[1] for key, entry in entries.items()})
    structure, own = _structure(document.get("structure", {})), figures_in(document, name)
    return Profile(name, about[:1000], kind, entries, structure, own, _peers(document))


def _check_dense(given: Mapping[str, Any]) -> None:
    """Three ternary weights have log2(27) bits at the least, and no layout holds them in less."""
    least = given["beat_columns"] * given["tables"] * math.log2(27)
    if 8 * given["beat_bytes"] < least:
        raise ValueError(f"beat_bytes must be {math.ceil(least / 8)} or more, to hold its columns")


def _structure(given: Any) -> dict[str, str]:
    texts = isinstance(given, dict) and all(_is_text(why) for why in given.values())
    if not texts:
        raise ValueError("[structure] says of each supposition where it is from")
    return dict(given)


def _is_text(given: Any) -> bool:
    return isinstance(given, str) and bool(given.strip())


def _peers(document: Mapping[str, Any]) -> tuple[FigureOf, ...]:
    """The figures of other designs, which the profiles that come with edgesdk have."""
    names = document.get("peers", [])
    if not isinstance(names, list) or any(name not in profile_names() for name in names):
        raise ValueError(f"peers is a list of some of {', '.join(profile_names())}")
    return tuple(item for name in names for item in _figures(name))


def _figures(name: str) -> tuple[FigureOf, ...]:
    path = FOLDER / f"{name}.toml"
    return parse_toml(path, _LARGEST, lambda document: figures_in(document, name))


def _entry(key: str, given: Any, design: type[Streaming] | type[Loaded], called: str = "") -> Entry:
    """``{ value, source }``, or ``{ best, expected, worst, source }``; ``called`` in messages."""
    called = called or key
    if not isinstance(given, dict) or not _is_text(given.get("source")):
        raise ValueError(f"{called} must be a table with a value and its source")
    names = ("value",) * 3 if "value" in given else CASES
    only_keys(given, {*names, "source"}, called)
    [whole] = [field.type == "int" for field in fields(design) if field.name == key]
    values = [_value(called, given.get(name), LIMITS[key], whole) for name in names]
    _check_order(called, values, LIMITS[key])
    return Entry((values[0], values[1], values[2]), given["source"])


def _value(key: str, given: Any, limits: Limits, whole: bool) -> Any:
    if limits.texts:
        if given not in limits.texts:
            raise ValueError(f"{key} is one of {', '.join(limits.texts)}")
        return given
    if isinstance(given, bool) or not isinstance(given, int if whole else (int, float)):
        raise ValueError(f"{key} must be a {'whole ' if whole else ''}number")
    if not (math.isfinite(given) and limits.least <= given <= limits.most):
        raise ValueError(f"{key} must be {limits.least:g} to {limits.most:g}")
    return given if whole else float(given)


def _check_order(key: str, values: list[Any], limits: Limits) -> None:
    if limits.better == FIXED and len(set(values)) > 1:
        raise ValueError(f"{key} has one value, not a range")
    if values != sorted(values, reverse=limits.better == MORE):
        raise ValueError(f"{key}: its best, expected and worst value are in the wrong order")


def _text(entry: Entry) -> str:
    best, expected, worst = entry.values
    if best == worst:
        return str(expected) if isinstance(expected, str) else f"{expected:g}"
    return f"{expected:g} ({best:g} to {worst:g})"
