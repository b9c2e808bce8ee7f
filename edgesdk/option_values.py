"""Options as text, ``key=value`` in addresses and behind ``--option``: read, and refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from .errors import UsageError
from .nearest import did_you_mean

Reader = Callable[[str], Any]  # raises ValueError, which says what it takes
Refuse = Callable[[str, str], UsageError]  # of what failed, and the evidence

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_WHOLE = re.compile(r"[0-9]{1,20}")
_REAL = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")


def read_options(
    options: Mapping[str, str], known: Mapping[str, Reader], of: str, refuse: Refuse
) -> dict[str, Any]:
    """The value of each option; ``of`` says what has them. Raises what ``refuse`` makes."""
    values: dict[str, Any] = {}
    for key, text in options.items():
        if key not in known:
            error = refuse(f"{of} has no option {key[:40]!r}", f"known: {', '.join(sorted(known))}")
            raise _leading(error, did_you_mean(key, known, "Give one of these, or leave it out"))
        try:
            values[key] = known[key](text)
        except ValueError as error:
            what = f"The option {key} of {of} cannot be {text[:40]!r}"
            failed = refuse(what, str(error))
            raise _leading(failed, f"Give such a value, or leave {key} out") from None
    return values


def _leading(error: UsageError, next_step: str) -> UsageError:
    error.next_step = error.next_step or next_step
    return error


def only_known(options: Iterable[str], known: Collection[str], of: str) -> None:
    """See that all options are known, in the order to show them; ``of`` says what has them.

    Raises ``UsageError`` (EDGE-0209).
    """
    if unknown := sorted(set(options) - set(known)):
        raise UsageError(
            f"{of} has no option {unknown[0][:40]!r}",
            evidence=f"known: {', '.join(known) or 'none'}",
            next_step=did_you_mean(unknown[0], known, "Give one of these, or leave it out")
            if known
            else "Leave it out",
            code=9,
        )


def whole(low: int, high: int) -> Reader:
    """A whole number."""

    def read(text: str) -> int:
        if not (_WHOLE.fullmatch(text) and low <= int(text) <= high):
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return read


def real(low: float, high: float) -> Reader:
    """A number."""

    def read(text: str) -> float:
        if not (_REAL.fullmatch(text) and low <= float(text) <= high):
            raise ValueError(f"a number from {low:g} to {high:g}")
        return float(text)

    return read


def one_of(*words: str) -> Reader:
    """One of some words."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return text

    return read


def yes(text: str) -> bool:
    """``yes`` or ``no``."""
    return bool(one_of("yes", "no")(text) == "yes")


def name(text: str) -> str:
    """A name that can be part of a file's."""
    if not _NAME.fullmatch(text):
        raise ValueError("up to 32 of a-z, 0-9, - and _")
    return text


def path(text: str) -> Path:
    """A path of a file or folder."""
    if "\0" in text or not text:
        raise ValueError("a path")
    return Path(text)
