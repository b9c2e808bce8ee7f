"""JSON that came from outside: of a capped size, every key once, no NaN, and an object."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..bundle.strict_json import no_constant, unique_keys
from ..errors import ModelRefused
from .files import read_whole


def read_json(path: Path, largest: int) -> dict[str, Any]:
    """The object in a file. Raises as ``read_whole`` and ``parse_json`` do."""
    return parse_json(read_whole(path, largest), path.name)


def parse_json(content: bytes, name: str) -> dict[str, Any]:
    """The object in UTF-8 text. Raises ``ModelRefused`` (EDGE-02100)."""
    try:
        found = json.loads(
            content.decode("utf-8"), object_pairs_hook=unique_keys, parse_constant=no_constant
        )
        if not isinstance(found, dict):
            raise ValueError("it holds no object")
    except (ValueError, RecursionError) as error:
        deep = isinstance(error, RecursionError)
        raise ModelRefused(
            f"{name} is not strict JSON",
            evidence="it is nested too deep" if deep else str(error)[:200],
            next_step="Download or write it again: it is damaged, or of another kind",
            code=100,
        ) from None
    return found
