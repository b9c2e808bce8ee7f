"""What the operating system says, told as errors of edgesdk."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import DeviceUnavailable, DoesNotFit, EdgeError, UsageError, VerificationMismatch
from ..full_disk import is_full

_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
# What opening a link, a socket, or a file in a folder's place gives.
IRREGULAR = {errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENXIO}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an ``OSError`` about ``path`` into an ``EdgeError``."""
    try:
        yield
    except OSError as error:
        raise explain(path, error) from error


def explain(path: Path, error: OSError) -> EdgeError:
    """The error to show for what the operating system said about ``path``."""
    evidence = f"{path}: {error.strerror or error}"
    if is_full(error):
        return DoesNotFit(
            "The model store's disk is full",
            evidence=evidence,
            next_step="The old model stays. Free some space and deploy again",
            code=51,
        )
    if error.errno in _FORBIDDEN:
        return DeviceUnavailable(
            "The model store may not be used this way",
            evidence=evidence,
            next_step="Make it writable for this user, or name another store in EDGESDK_STORE",
            code=3,
        )
    if error.errno in IRREGULAR:
        return irregular(path)
    return DeviceUnavailable(
        "The model store's disk failed",
        evidence=evidence,
        next_step="The active model is as it was. Check the disk, then try again",
        code=54,
    )


def require_folder(root: Path) -> None:
    """Raise ``UsageError`` (EDGE-02310) where a file stands in the place of a store's folder."""
    above = (folder for folder in (root, *root.parents) if os.path.exists(folder))  # noqa: PTH110
    nearest = next(above, root)
    if nearest.is_dir() or not os.path.lexists(nearest):
        return
    kind = "a file" if nearest.is_file() else "no folder"
    named = os.environ.get("EDGESDK_STORE", "")
    ours = bool(named) and Path(named).absolute() == root
    raise UsageError(
        f"EDGESDK_STORE names {named}, which is {kind}"
        if ours and nearest == root
        else f"The model store cannot be at {root}: {nearest} is {kind}",
        next_step="Name a folder: EDGESDK_STORE, or ?store=FOLDER in the address",
        code=310,
    )


def irregular(path: Path) -> VerificationMismatch:
    """Something in the store is a link, a device or the like, and is not touched."""
    return VerificationMismatch(
        "The model store holds something that is neither a plain file nor a plain folder",
        evidence=str(path),
        next_step="Nobody but edgesdk should write there. Look at it, and remove it",
        code=50,
    )


def damaged_state(path: Path, why: str) -> VerificationMismatch:
    """A state file that this store did not write, or that has rotted."""
    return VerificationMismatch(
        "The record of which model is active is damaged",
        evidence=f"{path}: {why}",
        next_step=f"Remove the folder {path.parent} and deploy the model again; "
        "its security counter then begins anew",
        code=51,
    )


def damaged_model(path: Path, why: str) -> VerificationMismatch:
    """A file of an installed model is not what its signed manifest promises."""
    return VerificationMismatch(
        "An installed model is damaged",
        evidence=f"{path}: {why}",
        next_step="Deploy it again, or return to the one before it with 'edgesdk rollback'",
        code=52,
    )


def out_of_turn(what: str) -> UsageError:
    """The caller drives a deploy in another order than begin, stage, confirm."""
    return UsageError(
        what,
        next_step="The order is begin, stage every part once, trial, then confirm or revert",
        code=60,
    )
