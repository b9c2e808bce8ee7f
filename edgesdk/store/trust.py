"""The keys a device trusts: one file of 32 bytes each, named by the key's id."""

from __future__ import annotations

from pathlib import Path

from ..bundle.limits import PUBLIC_KEY
from ..bundle.signing import key_id
from ..errors import UsageError, VerificationMismatch
from . import reading
from .disk import Disk
from .problems import explained

_SUFFIX = ".pub"
_REVOKED = ".revoked"


def read_keys(folder: Path) -> tuple[bytes, ...]:
    """The trusted keys.

    A file that does not hold the key it is named for, or is no plain file, is not a key: its
    bundles are refused as untrusted until somebody trusts the key again.
    """
    with explained(folder):
        if not reading.is_folder(folder):
            return ()
        paths = sorted(p for p in folder.iterdir() if p.suffix == _SUFFIX)
        keys = (_read(path) for path in paths)
        return tuple(key for key in keys if key is not None)


def provisioned(folder: Path) -> bool:
    """Whether a key is or ever was trusted here."""
    with explained(folder):
        return reading.is_folder(folder) and any(
            path.suffix in {_SUFFIX, _REVOKED} for path in folder.iterdir()
        )


def add_key(folder: Path, key: bytes, disk: Disk) -> None:
    """Trust a key; it lasts when this returns."""
    disk.make_folder(folder)
    disk.replace(folder / (key_id(key) + _SUFFIX), key)
    disk.remove(folder / (key_id(key) + _REVOKED))


def remove_key(folder: Path, key: bytes, disk: Disk) -> None:
    """Trust a key no more; it lasts when this returns, and that there was one is remembered."""
    path = folder / (key_id(key) + _SUFFIX)
    with explained(path):
        disk.files.rename(path, path.with_suffix(_REVOKED))
    disk.sync(folder)


def checked_key(key: bytes) -> bytes:
    """The key. Raises ``UsageError`` (EDGE-0262) when it cannot be one."""
    if len(key) != PUBLIC_KEY:
        raise UsageError(
            "That is not an Ed25519 public key",
            evidence=f"{len(key)} bytes, a key has {PUBLIC_KEY}",
            next_step="'edgesdk keys' exports public keys",
            code=62,
        )
    return key


def _read(path: Path) -> bytes | None:
    try:
        key = reading.read_small(path, PUBLIC_KEY)
    except (FileNotFoundError, VerificationMismatch):  # taken back just now; or not a key
        return None
    return key if len(key) == PUBLIC_KEY and path.name == key_id(key) + _SUFFIX else None
