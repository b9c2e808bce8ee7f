"""Reads a document that a person wrote: every key known, every value of its type and range."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
_MISSING = object()


class Wrong(ValueError):
    """What is wrong, with the place in the document."""


class Fields:
    """An object of the document. Each key is taken once; ``done`` refuses what nobody took."""

    def __init__(self, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise Wrong(f"{where} must be an object")
        self._left = dict(value)
        self.where = where

    def has(self, key: str) -> bool:
        """Whether the key is there and was not taken yet."""
        return key in self._left

    def take(self, key: str, default: Any = _MISSING) -> Any:
        """The value of a key, unchecked."""
        if key in self._left:
            return self._left.pop(key)
        if default is _MISSING:
            raise Wrong(f"{self.where} lacks {key!r}")
        return default

    def put_back(self, key: str, value: Any) -> None:
        """The key is not taken yet: it was only looked at."""
        self._left[key] = value

    def integer(self, key: str, low: int, high: int, default: Any = _MISSING) -> int:
        """A whole number from low to high."""
        value = self.take(key, default)
        if type(value) is not int or not low <= value <= high:
            raise Wrong(f"{self.place(key)} must be a whole number from {low} to {high}")
        return value

    def number(self, key: str, low: float, high: float, default: Any = _MISSING) -> float:
        """A number from low to high."""
        value = self.take(key, default)
        if type(value) not in (int, float) or not math.isfinite(value) or not low <= value <= high:
            raise Wrong(f"{self.place(key)} must be a number from {low:g} to {high:g}")
        return float(value)

    def text(self, key: str, default: Any = _MISSING) -> str:
        """A text of 1 to 200 characters."""
        value = self.take(key, default)
        if not isinstance(value, str) or not (value == default or 0 < len(value) <= 200):
            raise Wrong(f"{self.place(key)} must be a text of 1 to 200 characters")
        return value

    def items(self, key: str, most: int, default: Any = _MISSING) -> list[Any]:
        """A list of at most so many values, unchecked."""
        value = self.take(key, default)
        if not isinstance(value, (list, tuple)) or len(value) > most:
            raise Wrong(f"{self.place(key)} must be a list of at most {most}")
        return list(value)

    def each(
        self, key: str, most: int, read: Callable[[Fields], T], default: Any = _MISSING
    ) -> tuple[T, ...]:
        """A list of objects, each as ``read`` reads it, with nothing left over."""
        found = []
        for index, item in enumerate(self.items(key, most, default)):
            fields = Fields(item, f"{self.place(key)}[{index}]")
            found.append(read(fields))
            fields.done()
        return tuple(found)

    def one_of(self, key: str, names: Sequence[str], default: Any = _MISSING) -> int:
        """The index of a name in a list."""
        name = self.take(key, default)
        if name not in names:
            raise Wrong(f"{self.place(key)} must be one of {', '.join(names) or 'none'}")
        return list(names).index(name)

    def place(self, key: str) -> str:
        """A key's place in the document, for people."""
        return f"{self.where}.{key}" if self.where else key

    def done(self) -> None:
        """Refuse keys that nobody took."""
        if self._left:
            names = ", ".join(sorted(map(repr, self._left))[:8])
            raise Wrong(f"{self.where or 'the description'} has unknown keys: {names}"[:300])


def unique(names: Sequence[str], what: str) -> None:
    """Refuse a name that is given twice."""
    for name in names:
        if names.count(name) > 1:
            raise Wrong(f"two {what} are named {name!r}")
