"""How results look to people: aligned columns and sizes."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence

_LEAST = 20  # characters of a column that is wrapped


def table(rows: Sequence[Sequence[str]], header: Sequence[str] = (), width: int = 0) -> str:
    """Rows as aligned text, two spaces between columns.

    ``width``: of a line, as far as the last column can be wrapped to it; 0 wraps nothing.
    """
    lines = [header, *rows] if header else list(rows)
    if not lines:
        return ""
    if width:
        lines = _wrapped(lines, width)
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _wrapped(lines: Sequence[Sequence[str]], width: int) -> list[Sequence[str]]:
    """A last cell that is too long goes on in rows whose other cells are empty."""
    before = sum(max(map(len, column)) + 2 for column in list(zip(*lines, strict=True))[:-1])
    room = max(_LEAST, width - before)
    found: list[Sequence[str]] = []
    for *cells, last in lines:
        first, *rest = textwrap.wrap(last, room, break_on_hyphens=False) or [""]
        found += [[*cells, first], *([*[""] * len(cells), more] for more in rest)]
    return found


def printable(text: str) -> str:
    """A text without what could command a terminal."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")


def visible(text: str) -> str:
    """A text for one line: what cannot be seen, and could be taken for a line's end, is escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def counted(count: int, thing: str) -> str:
    """``1 page``, ``2 pages``."""
    return f"{count:,} {thing}" + ("" if count == 1 else "s")


def number(size: int) -> str:
    """Bytes for people: ``52 700 B`` stays exact up to 1 MiB, then MiB or GiB."""
    if size < 1 << 20:
        return f"{size:,} B".replace(",", " ")
    if size < 1 << 30:
        return f"{size / (1 << 20):.1f} MiB"
    return f"{size / (1 << 30):.1f} GiB"
