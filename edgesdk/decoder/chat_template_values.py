"""How large a value of a template may become, checked before it is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

LONGEST_TEXT = 4 << 20  # characters
LONGEST_LIST = 100_000  # entries
LARGEST_NUMBER = 4096  # bits


class TooMuch(Exception):
    """The template asks for more than any template needs."""


def check_size(value: Any, most: int) -> int:
    """The characters that a value has as text, about; ``TooMuch`` for more than ``most``.

    Lists may hold one another many times over: counting stops at the limit.
    """
    size = 0
    waiting = [value]
    while waiting:
        item = waiting.pop()
        size += len(item) if isinstance(item, str) else 2
        if isinstance(item, int):
            size += item.bit_length() // 3
        elif isinstance(item, Mapping):
            waiting += item.keys()
            waiting += item.values()
        elif isinstance(item, (list, tuple, set, frozenset)):
            waiting += item
        if size + len(waiting) > most:
            raise TooMuch(f"a text of more than {most} characters")
    return size


def checked_text(parts: Iterable[str]) -> str:
    """The parts together. Raises ``TooMuch`` as soon as they are too long."""
    found: list[str] = []
    left = LONGEST_TEXT
    for part in parts:
        left -= len(part)
        if left < 0:
            raise TooMuch(f"a text of more than {LONGEST_TEXT} characters")
        found.append(part)
    return "".join(found)


def check_operands(operator: str, left: Any, right: Any) -> None:
    """Refuse ``left operator right`` where the result would be large. Raises ``TooMuch``."""
    if operator == "%" and isinstance(left, str):
        raise TooMuch("formatting with %, which can make any width")
    if operator == "+":
        _check_length(_length(left) + _length(right), left)
    elif operator == "*":
        _check_length(_length(left) * _whole(right), left)
        _check_length(_length(right) * _whole(left), right)
        _check_bits(_bits(left) + _bits(right))
    elif operator == "**":
        _check_bits(_bits(left) * abs(_whole(right)))


def check_replace(text: str, old: str, new: str) -> None:
    """Refuse a replacement whose result would be long. Raises ``TooMuch``."""
    places = text.count(old)
    if len(text) + places * max(0, len(new) - len(old)) > LONGEST_TEXT:
        raise TooMuch(f"a text of more than {LONGEST_TEXT} characters")


def _check_length(length: int, value: Any) -> None:
    most = LONGEST_TEXT if isinstance(value, str) else LONGEST_LIST
    if length > most:
        raise TooMuch(f"a value of {length} entries")


def _check_bits(bits: int) -> None:
    if bits > LARGEST_NUMBER:
        raise TooMuch(f"a number of {bits} bits")


def _length(value: Any) -> int:
    return len(value) if isinstance(value, (str, list, tuple)) else 0


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _bits(value: Any) -> int:
    return value.bit_length() if isinstance(value, int) else 0
