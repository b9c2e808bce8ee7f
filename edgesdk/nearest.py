"""What a mistyped word may have meant: messages name it, so that the next try is the right one."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from pathlib import Path

_LONGEST = 64  # characters of a word that are compared
_MOST_FILES = 2000  # of a folder, that are looked at
_SHOWN = 3  # words that may be meant
_ALIKE = 0.6  # of 0 to 1, as difflib counts


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is most like this one, whatever its case; "" where none is."""
    return next(iter(_near(word, known, 1)), "")


def near_it(word: str, known: Iterable[str], otherwise: str) -> str:
    """For an evidence: the few known words that are most like this one, or something else."""
    found = _near(word, known, _SHOWN)
    return f"near it: {', '.join(found)}" if found else otherwise


def _near(word: str, known: Iterable[str], most: int) -> list[str]:
    from difflib import get_close_matches

    words = {each.casefold(): each for each in known}
    found = get_close_matches(word[:_LONGEST].casefold(), words, most, _ALIKE)
    return [words[each] for each in found]


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """A next step: the nearest word as a question, and what holds anyway."""
    found = nearest(word, known)
    question = f"Did you mean {found}?" if found else ""
    return f"{question} {otherwise}".strip()


def did_you_mean_file(path: Path, otherwise: str = "") -> str:
    """The same for a file that is not there: the one beside it whose name is most like its own.

    Where its folder is not there either, that is said; of a file that is there, whether it may be
    read.
    """
    folder = path.parent
    try:
        if path.exists() or str(path) == "-":
            return _not_yours(path)
        if not folder.is_dir():
            return f"There is no folder {folder}. {otherwise}".strip()
        names = [entry.name for entry, _ in zip(folder.iterdir(), range(_MOST_FILES), strict=False)]
    except (OSError, ValueError):  # the second of a text that cannot be a path
        return otherwise
    found = nearest(path.name, names)
    return f"Did you mean {folder / found}? {otherwise}".strip() if found else otherwise


def _not_yours(path: Path) -> str:
    if not path.is_file() or os.access(path, os.R_OK):
        return ""
    return f"You may not read {path}; where it is your own: chmod u+r {shlex.quote(str(path))}"
