"""How results look to people: aligned columns and sizes."""

from __future__ import annotations

from collections.abc import Sequence


def table(rows: Sequence[Sequence[str]], header: Sequence[str] = ()) -> str:
    """Rows as aligned text, two spaces between columns."""
    lines = [header, *rows] if header else list(rows)
    if not lines:
        return ""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def number(size: int) -> str:
    """Bytes for people: ``52 700 B`` stays exact up to 1 MiB, then MiB or GiB."""
    if size < 1 << 20:
        return f"{size:,} B".replace(",", " ")
    if size < 1 << 30:
        return f"{size / (1 << 20):.1f} MiB"
    return f"{size / (1 << 30):.1f} GiB"
