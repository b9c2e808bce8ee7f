"""Where a model that is to be opened lies: in a store's slot, or in a .edge file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial

from ..bundle import Bundle, Manifest, Part
from ..errors import DoesNotFit
from .model import StoredModel


@dataclass(frozen=True)
class Source:
    """Where a model is from. ``digest``: SHA-256 (hex) of its manifest; ``read`` gives a part's
    content, found right."""

    manifest: Manifest
    digest: str
    read: Callable[[Part], bytes]
    _located: Callable[[Part, bool], AbstractContextManager[tuple[int, int]]] = field(repr=False)

    @property
    def model(self) -> Part:
        """The part with the weights. Raises ``DoesNotFit`` (EDGE-0931) where there is none."""
        try:
            return self.manifest.part("model")
        except KeyError:
            raise DoesNotFit(
                f"{self.manifest.name} has no model that a device could run",
                evidence=f"its parts are {', '.join(part.role for part in self.manifest.parts)}",
                code=31,
            ) from None

    @contextmanager
    def located(self, *, hashed: bool = True) -> Iterator[tuple[int, int, int]]:
        """The model part, to map it: a descriptor, an offset, the size in bytes.

        ``hashed``: what is in a slot is hashed again before; a .edge file always is.
        """
        part = self.model
        with self._located(part, hashed) as (descriptor, offset):
            yield descriptor, offset, part.size


def bundled_source(bundle: Bundle) -> Source:
    """A model within a bundle's file."""
    digest = hashlib.sha256(bundle.signed.data).hexdigest()
    return Source(bundle.manifest, digest, bundle.read_part, partial(_in_bundle, bundle))


def stored_source(stored: StoredModel) -> Source:
    """An installed model, or a staged one."""
    digest = hashlib.sha256(stored.signed.data).hexdigest()
    return Source(stored.manifest, digest, stored.read, partial(_in_slot, stored))


@contextmanager
def _in_bundle(bundle: Bundle, part: Part, _: bool) -> Iterator[tuple[int, int]]:
    yield bundle.located(part)


@contextmanager
def _in_slot(stored: StoredModel, part: Part, hashed: bool) -> Iterator[tuple[int, int]]:
    if hashed:
        stored.verify(contents=True)
    with stored.opened(part) as descriptor:
        yield descriptor, 0
