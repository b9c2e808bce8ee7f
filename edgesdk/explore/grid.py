"""The designs of a sweep: every combination of the values of its axes, by number.

``channels=8..64`` doubles from 8 to 64, ``chips=2..16:2`` goes by steps, ``weights=w8a8,w4a16``
lists. Values stay text: what they mean is the backend's to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import prod

from ..errors import UsageError

MOST_DESIGNS = 1_000_000
MOST_VALUES = 10_000  # of one axis
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NUMBER = r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?"
_RANGE = re.compile(rf"({_NUMBER})\.\.({_NUMBER})(?::({_NUMBER}))?")
_LONGEST = 4096  # characters of a value: it may be a path


@dataclass(frozen=True)
class Axis:
    """One key and its values, in the order given."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """All combinations; the last axis changes fastest."""

    axes: tuple[Axis, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """What differs."""
        return tuple(axis.key for axis in self.axes)

    @property
    def count(self) -> int:
        """How many designs there are."""
        return prod(len(axis.values) for axis in self.axes)

    def values(self, number: int) -> tuple[str, ...]:
        """Of one design, a value for each axis."""
        found = []
        for axis in reversed(self.axes):
            number, place = divmod(number, len(axis.values))
            found.append(axis.values[place])
        return tuple(reversed(found))

    def sizes(self) -> str:
        """How many values of which key."""
        return " x ".join(f"{len(axis.values)} of {axis.key}" for axis in self.axes)

    def named(self, number: int) -> dict[str, str]:
        """The same by key."""
        return dict(zip(self.keys, self.values(number), strict=True))


def read_grid(texts: Sequence[str]) -> Grid:
    """The grid of some ``key=range``.

    Raises ``UsageError``: EDGE-02246 for a range that cannot be read, EDGE-02247 for too many.
    """
    grid = Grid(tuple(_axis(text) for text in texts))
    if twice := [key for key in grid.keys if grid.keys.count(key) > 1]:
        raise _unreadable(f"{twice[0]} is swept twice", "")
    if grid.count > MOST_DESIGNS:
        raise _too_many(
            f"The sweep has {grid.count:,} designs", f"{grid.sizes()}; {MOST_DESIGNS:,} at most"
        )
    return grid


def _axis(text: str) -> Axis:
    key, equals, values = text.partition("=")
    if not equals or not _KEY.fullmatch(key):
        raise _unreadable(f"A sweep is key=range, not {text[:60]!r}", "")
    if found := _RANGE.fullmatch(values):
        return Axis(key, tuple(_range(text, *found.groups())))
    if ".." in values and "," not in values and "/" not in values:
        raise _unreadable(f"{text[:60]!r} is no range", "a range is two numbers, as in 8..64")
    listed = tuple(values.split(","))
    if not all(listed) or len(set(listed)) < len(listed):
        raise _unreadable(f"{text[:60]!r} has an empty value, or one twice", "")
    if len(listed) > MOST_VALUES or max(map(len, listed)) > _LONGEST:
        raise _too_many(f"{key} has too many values", f"{len(listed)}; {MOST_VALUES} at most")
    return Axis(key, listed)


def _range(text: str, first: str, last: str, step: str | None) -> Iterator[str]:
    low, high = Decimal(first), Decimal(last)
    if low > high:
        raise _unreadable(f"The range {text[:60]!r} is empty", f"{first} is above {last}")
    return _steps(text, low, high, Decimal(step)) if step else _doubles(text, low, high)


def _steps(text: str, low: Decimal, high: Decimal, step: Decimal) -> Iterator[str]:
    if step <= 0:
        raise _unreadable(f"The range {text[:60]!r} never ends", f"its step is {step}")
    count = int((high - low) / step) + 1
    if count > MOST_VALUES:
        raise _too_many(f"{text[:60]!r} has too many values", f"{count:,}; {MOST_VALUES} at most")
    return (_text(low + n * step) for n in range(count))


def _doubles(text: str, low: Decimal, high: Decimal) -> Iterator[str]:
    if low <= 0:
        why = f"without a step it doubles, and {low} does not grow; as steps: {low}..{high}:1"
        raise _unreadable(f"The range {text[:60]!r} never ends", why)
    while low <= high:
        yield _text(low)
        low *= 2


def _text(value: Decimal) -> str:
    """Without an exponent, and without zeros at its end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _unreadable(what: str, evidence: str) -> UsageError:
    return UsageError(
        what,
        evidence=evidence,
        next_step="For example: channels=8..64 (doubles), chips=2..16:2, weights=w8a8,w4a16",
        code=246,
    )


def _too_many(what: str, evidence: str) -> UsageError:
    return UsageError(
        what, evidence=evidence, next_step="Sweep fewer keys, or take wider steps", code=247
    )
