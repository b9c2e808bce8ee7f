"""How much a file system still takes."""

from __future__ import annotations

import shutil
from pathlib import Path

from .store.problems import explained


def free_storage(path: Path) -> int:
    """Free bytes at a store's folder, or at its nearest parent that exists.

    Raises ``DeviceUnavailable`` (EDGE-0503: not permitted, EDGE-0554: the disk failed).
    """
    with explained(path):
        folder = next(place for place in (path, *path.parents) if place.exists())
        return shutil.disk_usage(folder).free
