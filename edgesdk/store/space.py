"""How much a store's disk still takes, and whether a model fits before anything is removed."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..bundle import SignedManifest
from ..errors import DoesNotFit
from .files import Files
from .layout import Layout
from .problems import explained
from .reading import is_folder
from .snapshot import read_state

_BLOCK = 4096  # bytes; files take whole blocks
_MARGIN = 1 << 20  # bytes for folders, the state file and the file system's own records


def free_storage(path: Path) -> int:
    """Free bytes at a store's folder, or at its nearest parent that exists.

    Raises ``DeviceUnavailable`` (EDGE-0503: not permitted, EDGE-0554: the disk failed).
    """
    with explained(path):
        folder = next(place for place in (path, *path.parents) if place.exists())
        return shutil.disk_usage(folder).free


def deploy_takes(signed: SignedManifest, root: Path) -> int:
    """Bytes of a store's disk that a deploy takes, but for what clearing its slot gives back."""
    layout, name = Layout(root), signed.manifest.name
    freed = layout.slot(name, read_state(layout.state(name)).inactive)
    return max(0, _needed(signed) - _content(freed))


def _needed(signed: SignedManifest) -> int:
    sizes = [part.size for part in signed.manifest.parts]
    sizes += [len(signed.data), len(signed.signature_member)]
    return sum(-(-size // _BLOCK) * _BLOCK for size in sizes) + _MARGIN


def check_space(signed: SignedManifest, freed: Path, files: Files) -> None:
    """Raise ``DoesNotFit`` (EDGE-0950) unless the model fits once the slot ``freed`` is cleared."""
    needed = _needed(signed)
    with explained(freed.parent):
        available = files.free(freed.parent) + _content(freed)
    if needed > available:
        raise DoesNotFit(
            f"{signed.manifest.name} {signed.manifest.version} does not fit the store's disk",
            evidence=f"needs {needed:,} bytes with a margin, {available:,} can be had",
            next_step=f"Nothing was removed. Free {needed - available:,} bytes and deploy again",
            code=50,
        )


def _content(folder: Path) -> int:
    """Bytes that clearing a slot gives back."""
    if not is_folder(folder):
        return 0
    return sum(path.lstat().st_size for path in folder.iterdir())
