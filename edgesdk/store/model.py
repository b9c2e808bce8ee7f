"""A model in a slot: its signed manifest and its parts, held against each other."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..bundle import Manifest, Part, SignedManifest, limits
from ..bundle.rules import MANIFEST_NAME, SIGNATURE_NAME
from ..bundle.signed import UNTRUSTED
from ..errors import BundleRefused, EdgeError, SignatureRefused
from . import reading
from .problems import damaged_model, explain


@dataclass(frozen=True)
class StoredModel:
    """A model in a slot of a store.

    Its files are never rewritten. The second deploy from now removes them: a file opened or mapped
    by then stays readable, and ``ModelStore.load`` opens all of them at one moment.
    """

    signed: SignedManifest
    folder: Path
    slot: str

    @property
    def manifest(self) -> Manifest:
        """What the model says about itself; its signature held."""
        return self.signed.manifest

    def path(self, part: Part) -> Path:
        """The file of a part."""
        return self.folder / part.name

    def read(self, part: Part) -> bytes:
        """The content of a part, checked as it is read.

        Raises ``VerificationMismatch`` (EDGE-0752) unless it is what the manifest promises.
        """
        path = self.path(part)
        try:
            data = reading.read_small(path, part.size)
        except OSError as error:
            raise _unreadable(path, error) from None
        if hashlib.sha256(data).hexdigest() != part.sha256:
            raise damaged_model(path, "its SHA-256 differs from the manifest's")
        return data

    @contextmanager
    def opened(self, part: Part) -> Iterator[int]:
        """A descriptor of a part's file, to map it: its size holds, its content is not hashed.

        Raises ``VerificationMismatch`` (EDGE-0752).
        """
        path = self.path(part)
        try:
            if reading.size(path) != part.size:
                raise damaged_model(path, f"it has not the {part.size} bytes of the manifest")
            with reading.opened(path) as descriptor:
                yield descriptor
        except OSError as error:
            raise _unreadable(path, error) from None

    def verify(self, *, contents: bool) -> None:
        """Hold every part against the manifest: its size, and with ``contents`` its SHA-256.

        Raises ``VerificationMismatch`` (EDGE-0752).
        """
        for part in self.manifest.parts:
            path = self.path(part)
            try:
                size = reading.size(path)
                if size != part.size:
                    raise damaged_model(path, f"{size} bytes, the manifest says {part.size}")
                if contents and reading.sha256(path) != part.sha256:
                    raise damaged_model(path, "its SHA-256 differs from the manifest's")
            except OSError as error:
                raise _unreadable(path, error) from None


def stored_model(folder: Path, trusted: Collection[bytes] | None) -> StoredModel:
    """The model in a slot's folder; its parts are not looked at. ``None`` trusts every key.

    Raises ``VerificationMismatch`` (EDGE-0752) when the manifest is damaged, ``SignatureRefused``
    (EDGE-0804) when its key is not trusted any more.
    """
    path = folder / MANIFEST_NAME
    try:
        reading.is_folder(folder)
        data = reading.read_small(path, limits.MANIFEST)
        signature = reading.read_small(folder / SIGNATURE_NAME, limits.SIGNATURE_MEMBER)
    except OSError as error:
        raise _unreadable(path, error) from None
    try:
        signed = SignedManifest.verified(data, signature, trusted)
    except BundleRefused as error:
        if isinstance(error, SignatureRefused) and error.code == UNTRUSTED:
            raise
        raise damaged_model(path, error.what) from None
    if signed.manifest.name != folder.parent.name:
        raise damaged_model(path, f"it is the manifest of {signed.manifest.name!r}")
    return StoredModel(signed, folder, folder.name)


def _unreadable(path: Path, error: OSError) -> EdgeError:
    if isinstance(error, FileNotFoundError):
        return damaged_model(path, "it is missing")
    return explain(path, error)
