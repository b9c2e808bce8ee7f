"""A strict reader of a request's fields: each is taken once, and what is left is an error."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from .problems import ApiError, refused

T = TypeVar("T")
Read = Callable[[Any, str], T]  # a value and its name, to what it means


class Fields:
    """The fields of one JSON object. ``null`` is the same as absent."""

    def __init__(self, value: Any, name: str = "") -> None:
        if not isinstance(value, dict):
            raise wrong_type(name, "an object", value)
        self._left = {key: item for key, item in value.items() if item is not None}
        self._prefix = f"{name}." if name else ""

    def take(self, name: str, read: Read[T]) -> T | None:
        """A field that may be absent."""
        if name not in self._left:
            return None
        return read(self._left.pop(name), self._prefix + name)

    def need(self, name: str, read: Read[T]) -> T:
        """A field that must be there."""
        found = self.take(name, read)
        if found is None:
            full = self._prefix + name
            raise refused(f"Missing field: {full}", full, "missing_required_parameter")
        return found

    def neutral(self, values: Mapping[str, Collection[Any]]) -> None:
        """Fields that are taken only with a value that asks for nothing."""
        for name, allowed in values.items():
            value = self._left.pop(name, None)
            if value is not None and not any(_same(value, one) for one in allowed):
                full = self._prefix + name
                raise refused(f"Not supported: {full}", full, "unsupported_parameter")

    def end(self) -> None:
        """Refuse what nobody took."""
        for name in self._left:
            full = self._prefix + shortened(name)
            raise refused(f"Unknown field: {full}", full, "unknown_parameter")


def _same(value: Any, allowed: Any) -> bool:
    """Equal as JSON: true is not 1, but 0 is 0.0."""
    return (type(value) is bool) == (type(allowed) is bool) and bool(value == allowed)


def shortened(text: str) -> str:
    """A client's text, fit to be shown to it again."""
    text = text.encode("utf-8", "backslashreplace").decode()  # halves of surrogate pairs
    return text if len(text) <= 60 else text[:60] + "..."


def wrong_type(name: str, want: str, value: Any) -> ApiError:
    """A field of another kind than it must be."""
    kinds = {str: "a text", bool: "a truth value", int: "a number", float: "a number"}
    kinds |= {list: "an array", dict: "an object", type(None): "null"}
    got = kinds.get(type(value), "something else")
    return refused(f"{name or 'The body'} must be {want}, not {got}", name or None, "invalid_type")


def out_of_range(name: str, want: str) -> ApiError:
    """A field of the right kind with a value that it must not have."""
    return refused(f"{name} must be {want}", name, "invalid_value")


def truth(value: Any, name: str) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise wrong_type(name, "true or false", value)
    return value


def text(value: Any, name: str) -> str:
    """A text that is Unicode throughout: JSON can hold halves of surrogate pairs."""
    if not isinstance(value, str):
        raise wrong_type(name, "a text", value)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise out_of_range(name, "a Unicode text, without lone surrogates") from None
    return value


def whole(low: int, high: int) -> Read[int]:
    """A whole number; 3.0 is one too, as JSON has it."""

    def read(value: Any, name: str) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise wrong_type(name, "a whole number", value)
        if not math.isfinite(value) or value != int(value):
            raise out_of_range(name, "a whole number")
        if not low <= value <= high:
            raise out_of_range(name, f"from {low} to {high}")
        return int(value)

    return read


def number(low: float, high: float, *, above: bool = False) -> Read[float]:
    """A number from ``low`` to ``high``; with ``above``, more than ``low``."""

    def read(value: Any, name: str) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise wrong_type(name, "a number", value)
        if not low <= value <= high or (above and value == low):
            raise out_of_range(name, f"{'more than' if above else 'from'} {low:g} to {high:g}")
        return float(value)

    return read


def texts(most: int) -> Read[tuple[str, ...]]:
    """One text, or an array of a few."""

    def read(value: Any, name: str) -> tuple[str, ...]:
        items = value if isinstance(value, list) else [value]
        if len(items) > most:
            raise out_of_range(name, f"at most {most} texts")
        return tuple(text(item, name) for item in items)

    return read
