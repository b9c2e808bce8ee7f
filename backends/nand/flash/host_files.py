"""What goes wrong with the files that an emulated flash is made of, told as errors of edgesdk."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edgesdk.errors import DeviceUnavailable, DoesNotFit

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_TOO_LARGE = {errno.EFBIG, errno.ENOMEM}
_OTHER = {errno.ENOENT, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENXIO}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an ``OSError`` about a file of the flash into an ``EdgeError``.

    ``DoesNotFit`` (EDGE-0933) of a full disk, ``DeviceUnavailable`` of one that may not be used
    (EDGE-0570) or fails (EDGE-0571), of a size that this system does not allow (EDGE-0573), and of
    something else in the place of a file or folder (EDGE-0574).
    """
    try:
        yield
    except OSError as error:
        raise _explain(path, error) from error


def _explain(path: Path, error: OSError) -> DoesNotFit | DeviceUnavailable:
    evidence = f"{path}: {error.strerror or error}"
    if error.errno in _FULL:
        return DoesNotFit(
            "The disk that holds the emulated flash is full",
            evidence=evidence,
            next_step="Free some space, or keep the flash elsewhere: state=FOLDER in the address. "
            "What was on it stays",
            code=33,
        )
    if error.errno in _FORBIDDEN:
        return DeviceUnavailable(
            "The files of the emulated flash may not be used",
            evidence=evidence,
            next_step="Make them writable for this user, or keep the flash elsewhere: "
            "state=FOLDER in the address",
            code=70,
        )
    return _explain_rarer(error, evidence)


def _explain_rarer(error: OSError, evidence: str) -> DeviceUnavailable:
    if error.errno in _TOO_LARGE:
        return DeviceUnavailable(
            "The emulated flash is larger than this system allows",
            evidence=evidence,
            next_step="Its file is as long as the flash is large, and is mapped whole: raise the "
            "limits of file size and address space (ulimit -f, ulimit -v), use another file "
            "system, close other sessions, or choose a smaller flash",
            code=73,
        )
    if error.errno in _OTHER:
        return DeviceUnavailable(
            "A file or folder of the emulated flash is missing, or something else is in its place",
            evidence=evidence,
            next_step="Put back or remove what is there, or keep the flash elsewhere: "
            "state=FOLDER in the address",
            code=74,
        )
    return DeviceUnavailable(
        "The disk that holds the emulated flash failed",
        evidence=evidence,
        next_step="Check the disk",
        code=71,
    )
