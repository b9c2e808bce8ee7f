"""TOML, by the standard library's reader; on Python 3.10 by tomli, which that reader comes from.

A board may have Python 3.10 and no tomli. Each file that is shipped for boards therefore has a copy
in JSON beside it, ``NAME.toml.json``, which the package's build writes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import UsageError

Reader = Callable[[str], dict[str, Any]]


def _reader() -> Reader | None:
    if sys.version_info >= (3, 11):
        from tomllib import loads
    else:
        try:
            from tomli import loads
        except ImportError:
            return None
    return loads  # type: ignore[no-any-return,unused-ignore]


def loads(text: str) -> dict[str, Any]:
    """A document. Raises ``ValueError``, and ``UsageError`` (EDGE-02302) where nothing reads it."""
    reader = _reader()
    if reader is None:
        raise UsageError(
            "Python 3.10 reads TOML with the package tomli, which is not installed",
            next_step="Install it with: pip install tomli",
            code=302,
        )
    try:
        return reader(text)
    except RecursionError:
        raise ValueError("it nests its values too deeply") from None


def document(path: Path, text: str) -> dict[str, Any]:
    """The document of a file that has this text, or of its copy where nothing reads TOML."""
    copy = path.with_name(f"{path.name}.json")
    if _reader() is None and copy.exists():
        return dict(json.loads(copy.read_text(encoding="utf-8")))
    return loads(text)
