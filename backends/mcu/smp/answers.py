"""What a device answers, checked before anything believes it: types, lengths, printable text.

What is wrong is ``LinkFailed`` (EDGE-0605): the answer came whole, and means nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

from .client import malformed

Reply = TypeVar("Reply")
_U32 = 1 << 32


def typed(kind: Callable[..., Reply], answer: Any) -> Reply:
    """The dataclass that the answer describes; what a newer device adds is ignored."""
    if not isinstance(answer, Mapping):
        raise malformed(f"{answer!r} is no map"[:100])
    found: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]
        if field.name in answer:
            found[field.name] = _checked(field.name, str(field.type), answer[field.name])
        elif field.default is MISSING:
            raise malformed(f"{field.name} is missing")
    return kind(**found)


def piece(answer: Mapping[str, Any], most: int, least: int = 1) -> bytes:
    """The field ``data``: from ``least`` to ``most`` bytes."""
    data = answer.get("data")
    if not isinstance(data, bytes) or not least <= len(data) <= most:
        raise malformed(f"data is {data!r}"[:60] + f", where 1 to {most} bytes belong")
    return data


def digest(answer: Mapping[str, Any], key: str) -> bytes:
    """A SHA-256."""
    return bytes(_checked("hash", "bytes", answer.get(key)))


def _checked(name: str, kind: str, value: Any) -> Any:
    if not _KINDS[kind](value) or len(_sized(value)) != _LENGTHS.get(name, len(_sized(value))):
        raise malformed(f"{name} is {value!r}"[:100])
    return value


def _sized(value: Any) -> Any:
    return value if isinstance(value, (bytes, list)) else ()


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 <= value < _U32


def _is_key(value: Any) -> bool:
    return isinstance(value, bytes) and len(value) == 32


_KINDS: dict[str, Callable[[Any], bool]] = {
    "int": _is_number,
    "bool": lambda value: isinstance(value, bool),
    "str": lambda value: isinstance(value, str) and value.isprintable(),
    "bytes": lambda value: isinstance(value, bytes),
    "list[int]": lambda value: isinstance(value, list) and all(map(_is_number, value)),
    "list[bytes]": lambda value: isinstance(value, list) and all(map(_is_key, value)),
}
_LENGTHS = {"id": 16, "hash": 32, "label": 32, "lowest": 2}
