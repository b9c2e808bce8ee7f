"""Removing what an interrupted deploy left. Only under the store's lock."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import EdgeError
from .disk import TEMPORARY, Disk
from .layout import Layout
from .snapshot import read_state
from .state import NAME, SLOTS


def sweep(layout: Layout, disk: Disk, *, needed: str = "") -> None:
    """Remove temporary files and slots that no state names.

    A model whose folder cannot be cleaned is left as it is, unless it is the one ``needed`` now.
    """
    for name in layout.names():
        try:
            _sweep_model(layout.model(name), disk)
        except EdgeError:
            if name == needed:
                raise
    for key in layout.trusted.glob(f"*{TEMPORARY}"):
        disk.remove(key)


def _sweep_model(folder: Path, disk: Disk) -> None:
    state = folder / NAME
    keep = read_state(state).slots
    slots = [folder / slot for slot in SLOTS if slot not in keep]
    temporary = folder / (NAME + TEMPORARY)
    if any(os.path.lexists(path) for path in (temporary, *slots)):
        # The state that we see may be newer than the one on the disk, if its writer was killed
        # before the sync: then a cut of power would bring back one that names these slots.
        disk.sync(folder)
        disk.remove(temporary)
        for slot in slots:
            disk.clear(slot)
    if not os.path.lexists(state):
        disk.remove_folder(folder)
