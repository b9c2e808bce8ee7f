"""Where a model's file is from: a store's slot, or a .edge file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from edgesdk.bundle import Bundle, Manifest, Part
from edgesdk.errors import DoesNotFit, FormatRefused, VerificationMismatch
from edgesdk.store import StoredModel

from ..quantise.model_file import ModelFile


@dataclass(frozen=True)
class Source:
    """Where a model is from. ``digest``: SHA-256 (hex) of its manifest; ``read`` gives a part's
    content; ``file`` maps its model file, once its hash is found right."""

    manifest: Manifest
    digest: str
    read: Callable[[Part], bytes]
    file: Callable[[], ModelFile]


def bundled_source(bundle: Bundle) -> Source:
    """A model within a bundle's file."""
    digest = hashlib.sha256(bundle.signed.data).hexdigest()
    return Source(bundle.manifest, digest, bundle.read_part, partial(bundled_file, bundle))


def stored_source(stored: StoredModel) -> Source:
    """An installed model, or a staged one."""
    digest = hashlib.sha256(stored.signed.data).hexdigest()
    return Source(stored.manifest, digest, stored.read, partial(_stored_file, stored))


def bundled_file(bundle: Bundle) -> ModelFile:
    """The model file within a bundle, mapped, once its hash is found right."""
    part = model_part(bundle.manifest)
    descriptor, offset = bundle.located(part)
    return read_file(descriptor, offset, part.size)


def _stored_file(stored: StoredModel) -> ModelFile:
    """The model file in a store's slot, mapped; every part is hashed again before."""
    stored.verify(contents=True)
    part = model_part(stored.manifest)
    with stored.opened(part) as descriptor:
        return read_file(descriptor, 0, part.size)


def model_part(manifest: Manifest) -> Part:
    """The part with the weights. Raises ``DoesNotFit`` (EDGE-0937) where there is none."""
    try:
        return manifest.part("model")
    except KeyError:
        raise DoesNotFit(
            f"{manifest.name} has nothing that an NPU with NAND flash can run",
            evidence=f"its parts are {', '.join(part.role for part in manifest.parts)}",
            code=37,
        ) from None


def read_file(descriptor: int, offset: int, size: int) -> ModelFile:
    """The model file there. Its hash was right, so that a file which is none was compiled so.

    Raises ``VerificationMismatch`` (EDGE-0778).
    """
    try:
        return ModelFile(descriptor, offset, size)
    except FormatRefused as error:
        raise VerificationMismatch(
            "The bundle's model is no file that this backend writes",
            evidence=f"{error.what}: {error.evidence}",
            next_step="Compile the model again",
            code=78,
        ) from error
