"""Whether a file could be written, before the work begins whose result goes there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path


def why_not(path: Path, endings: Sequence[str]) -> str:
    """Why no file can be written there, as far as that is known; "" where nothing is against it."""
    if path.suffix.lower() not in endings:
        return f"its name ends in none of {', '.join(endings)}"
    try:
        place = path.resolve()  # where a link leads to
        if place.is_dir():
            return "it is a folder"
        if place.exists() and not place.is_file():
            return "it is no ordinary file"
        if not place.parent.is_dir():
            return "there is no such folder"
        place.lstat()
    except FileNotFoundError:
        pass
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        return getattr(error, "strerror", None) or str(error)
    allowed = os.access(place if place.exists() else place.parent, os.W_OK)
    return "" if allowed else "Permission denied"
