"""How large the values of a template may become, and how long it may take to make them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import islice
from typing import Any

LONGEST_TEXT = 4 << 20  # characters
LONGEST_LIST = 100_000  # entries
LARGEST_NUMBER = 4096  # bits
LONGEST_RUN = 10.0  # seconds
ENTRY = 16  # what an entry of a list costs, in characters
_VIEWS: Any = (type({}.keys()), type({}.values()), type({}.items()))
_LISTS: Any = (list, tuple, set, frozenset, *_VIEWS)
_SIZED: Any = (dict, *_LISTS)


class TooMuch(Exception):
    """The template asks for more than any template needs."""


class Budget:
    """What a template may still make: in characters of memory, and in seconds.

    Every value goes through ``made``. Each one is small, also where lists hold one another many
    times over; so whatever is done with one value, comparing too, takes little time and memory.
    """

    def __init__(self, most: int) -> None:
        self._left = most
        self._end = time.monotonic() + LONGEST_RUN

    def made(self, value: Any) -> Any:
        """The value, paid for. Raises ``TooMuch``."""
        if hasattr(type(value), "__next__"):  # a list that is still to be made
            return iter(self.made(list(islice(value, LONGEST_LIST + 1))))
        check_size(value, LONGEST_TEXT, ENTRY)
        if isinstance(value, int):
            _check_bits(_bits(value))
        self.spend(_cost(value))
        return value

    def spend(self, characters: int) -> bool:
        """Pay for so much memory, and see whether there is time left. Raises ``TooMuch``."""
        self._left -= characters + ENTRY
        if self._left < 0:
            raise TooMuch("the values that it makes are too large together")
        if time.monotonic() > self._end:
            raise TooMuch(f"more than {LONGEST_RUN:.0f} s")
        return True


def _cost(value: Any) -> int:
    """What a value takes beside the values that it holds, which were paid for before."""
    if isinstance(value, str):
        return len(value)
    return ENTRY * len(value) if isinstance(value, _SIZED) else 0


def check_size(value: Any, most: int, entry: int = 2) -> int:
    """The characters that a value has as text, about; ``TooMuch`` for more than ``most``.

    Lists may hold one another many times over: counting stops at the limit.
    """
    size = 0
    waiting = [value]
    while waiting:
        item = waiting.pop()
        size += len(item) if isinstance(item, str) else entry
        if isinstance(item, int):
            size += item.bit_length() // 3
        elif isinstance(item, dict):
            waiting += item.keys()
            waiting += item.values()
        elif isinstance(item, _LISTS):
            waiting += item
        if size + len(waiting) > most:
            raise TooMuch(f"a value of more than {most} characters")
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
