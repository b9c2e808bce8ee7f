"""TOML that a user may have written: of a capped size, and a reason where it is not right."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

from .. import toml
from .files import read_whole

T = TypeVar("T")


def parse_toml(path: Path, largest: int, parse: Callable[[dict[str, Any]], T]) -> T:
    """What ``parse`` makes of a file's document; it raises ``ValueError`` for one that is wrong.

    Raises ``ValueError``, whose text of at most 200 characters says why, and as ``read_whole``.
    """
    try:
        return parse(toml.document(path, read_whole(path, largest).decode()))
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except ValueError as error:
        raise ValueError(str(error)[:200]) from None


def only_keys(found: Mapping[str, Any], known: Collection[str], where: str = "") -> None:
    """Raise ``ValueError`` for a key that is not known; ``where``: what has it."""
    if unknown := sorted(set(found) - set(known)):
        raise ValueError(f"unknown key {unknown[0][:40]!r}" + (f" in {where}" if where else ""))
