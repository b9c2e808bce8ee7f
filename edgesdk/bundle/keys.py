"""The user's key folder: one PEM file per key, private or public, named ``<name>.pem``.

A private key is PKCS#8 that only its owner can read; a public one (of somebody whose bundles this
user trusts) is SubjectPublicKeyInfo. The folder is ``keys`` in the configuration folder.
"""

from __future__ import annotations

import io
import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..config import config_folder
from ..errors import EdgeError, UsageError
from . import limits
from .atomic import create_private
from .regular_file import open_regular
from .signing import SigningKey, generate, key_id, public_from_pem, public_to_pem

DEVELOPMENT = "development"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


@dataclass(frozen=True)
class KeyEntry:
    """One file of the key folder. ``public`` (32 bytes) is None where ``problem`` says why."""

    name: str
    path: Path
    public: bytes | None
    private: bool
    problem: str = ""

    @property
    def key_id(self) -> str:
        """The key's id, empty where it cannot be read."""
        return key_id(self.public) if self.public else ""


def key_folder() -> Path:
    """Where keys are; it need not exist."""
    return config_folder() / "keys"


def development_key() -> SigningKey:
    """The key that signs what the user compiles, made on first use."""
    with suppress(FileNotFoundError):
        return _signing(_path(DEVELOPMENT))
    with suppress(FileExistsError):  # another process made it just now: use that one
        return _create(DEVELOPMENT)
    return load_signing(DEVELOPMENT)


def create(name: str) -> SigningKey:
    """Make a key. Raises ``UsageError``: EDGE-0242 (not a key name), 0244 (the name is taken)."""
    try:
        return _create(name)
    except FileExistsError:
        raise _taken(name) from None


def add_public(name: str, file: Path | str) -> bytes:
    """Trust somebody's key from now on: keep the public half of a PEM file under a name.

    Raises ``UsageError`` as ``create`` and ``load_public``.
    """
    public = load_public(Path(file))
    try:
        _keep(_path(name), public_to_pem(public).encode())
    except FileExistsError:
        raise _taken(name) from None
    return public


def load_signing(name: str) -> SigningKey:
    """A private key by its name.

    Raises ``UsageError``: EDGE-0242 (not a key name), 0243 (no such key), 0245 (others can read
    it), 0246 (no private Ed25519 key), 0247 (cannot be read).
    """
    try:
        return _signing(_path(name))
    except FileNotFoundError:
        raise _missing(name) from None


def load_public(path_or_name: Path | str) -> bytes:
    """The 32 bytes of a public key: of a named key, or of a PEM file (``./alice`` is a file).

    Raises ``UsageError`` as ``load_signing``.
    """
    named = isinstance(path_or_name, str) and _NAME.fullmatch(path_or_name)
    path = _path(str(path_or_name)) if named else Path(path_or_name)
    try:
        return _public(path)[0]
    except FileNotFoundError:
        raise _missing(str(path_or_name)) from None


def export_public(name: str) -> str:
    """A key's public half as PEM, to give to others. Raises ``UsageError`` as ``load_signing``."""
    try:
        return public_to_pem(_public(_path(name))[0])
    except FileNotFoundError:
        raise _missing(name) from None


def list_keys() -> list[KeyEntry]:
    """Every key of the folder, by name; a file that is none is listed with its problem."""
    return [_entry(path) for path in sorted(key_folder().glob("*.pem"))]


def trusted_keys() -> frozenset[bytes]:
    """The public keys of every good file in the folder: whose bundles this user takes."""
    return frozenset(entry.public for entry in list_keys() if entry.public)


def kept_as(identity: str) -> KeyEntry | None:
    """The key of that id in the folder, a private one first; None where there is none."""
    with suppress(EdgeError, OSError):
        found = [entry for entry in list_keys() if entry.key_id == identity]
        return max(found, key=lambda entry: entry.private, default=None)
    return None


def delete(name: str) -> None:
    """Delete a key. Raises ``UsageError`` as ``load_signing``."""
    try:
        _path(name).unlink()
    except FileNotFoundError:
        raise _missing(name) from None
    except OSError as error:
        raise _unreadable(_path(name), error) from None


def _path(name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name[:80]!r} is not a name for a key",
            next_step="Use 1 to 32 lower-case letters, digits, '-' and '_'",
            code=42,
        )
    return key_folder() / f"{name}.pem"


def _create(name: str) -> SigningKey:
    key = generate()
    _keep(_path(name), key.to_pem())
    return key


def _keep(path: Path, pem: bytes) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unreadable(path.parent, error) from None
    create_private(path, pem)


def _entry(path: Path) -> KeyEntry:
    try:
        public, private = _public(path)
    except (EdgeError, FileNotFoundError) as error:
        return KeyEntry(path.stem, path, None, False, getattr(error, "evidence", "") or str(error))
    return KeyEntry(path.stem, path, public, private)


def _signing(path: Path) -> SigningKey:
    data = _read(path)
    try:
        return SigningKey.from_pem(data)
    except ValueError as error:
        raise _no_key(path, error) from None


def _public(path: Path) -> tuple[bytes, bool]:
    """The public key in a PEM file, and whether the private one is there too."""
    data = _read(path)
    try:
        if b"PRIVATE KEY-----" in data:
            return SigningKey.from_pem(data).public, True
        return public_from_pem(data), False
    except ValueError as error:
        raise _no_key(path, error) from None


def _read(path: Path) -> bytes:
    """The file, looked at by its descriptor. A private key that others can read is no secret."""
    try:
        with io.FileIO(path, "r", opener=open_regular) as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(limits.KEY_FILE)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _unreadable(path, error) from None
    if os.name == "posix" and b"PRIVATE KEY" in data and mode & 0o077:
        raise UsageError(
            f"Others than you can read the private key {path}",
            evidence=f"its mode is {stat.S_IMODE(mode):04o}",
            next_step=f"If nobody has, run: chmod 600 {path}; otherwise make a new key",
            code=45,
        )
    return data


def _taken(name: str) -> UsageError:
    return UsageError(
        f"There is a key named {name!r} already",
        evidence=str(_path(name)),
        next_step=f"Choose another name, or 'edgesdk keys delete {name}' first",
        code=44,
    )


def _missing(name: str) -> UsageError:
    return UsageError(
        f"There is no key {name!r}",
        evidence=f"looked in {key_folder()}",
        next_step="'edgesdk keys list' shows those there are; a file is given as ./name.pem",
        code=43,
    )


def _no_key(path: Path, error: ValueError) -> UsageError:
    return UsageError(
        f"{path} holds no usable Ed25519 key",
        evidence=str(error).splitlines()[0][:200] if str(error) else "",
        next_step="Keys are unencrypted PEM files: PKCS#8 (private) or public",
        code=46,
    )


def _unreadable(path: Path, error: OSError) -> UsageError:
    folder = key_folder()
    whole = path == folder or not folder.is_dir()
    return UsageError(
        f"Cannot use the key folder {folder}" if whole else f"Cannot use the key file {path}",
        evidence=str(error.strerror),
        next_step="Make it yours to read and write, or name another folder for settings and keys: "
        "EDGESDK_CONFIG",
        code=47,
    )
