"""Texts of a board, which are somebody else's, before they come to a terminal."""

from __future__ import annotations

from typing import Any

# Those that make a terminal do something, but for the end of a line.
_CONTROL = {code: None for code in (*range(32), *range(127, 160)) if chr(code) != "\n"}


def shown(text: str) -> str:
    """A text without control characters; no line of it begins as one of ours would."""
    first, *more = text.translate(_CONTROL).split("\n")
    return "\n".join([first, *(line if line.startswith("  ") else f"  {line}" for line in more)])


def all_shown(value: Any) -> Any:
    """A value of the wire, each of its texts and keys so."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, dict):
        return {all_shown(key): all_shown(item) for key, item in value.items()}
    return [all_shown(item) for item in value] if isinstance(value, list) else value
