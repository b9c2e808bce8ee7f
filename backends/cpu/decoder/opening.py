"""Opening a decoder where a bundle keeps it: in a store's slot, in a .edge file, in memory."""

from __future__ import annotations

import tempfile

from edgesdk.bundle import Bundle, Manifest, Part
from edgesdk.decoder.bundled import continuation_of, vocabulary_of
from edgesdk.decoder.weights import Vocabulary
from edgesdk.store import StoredModel

from .options import OpenOptions
from .packed_reader import PackedDecoder
from .session import NativeDecoderSession

HASHED_AGAIN = 64 << 20  # bytes; 0.1 s


def open_stored(stored: StoredModel, part: Part, options: OpenOptions) -> NativeDecoderSession:
    """Map the weights of an installed model.

    They were hashed when they were staged. Large ones are not hashed again: that takes longer than
    all else, and would read what may never be used. Raises as ``StoredModel.read``.
    """
    text = vocabulary_of(stored.manifest, stored.read)
    if part.size <= HASHED_AGAIN:
        stored.read(part)
    with stored.opened(part) as descriptor:
        packed = PackedDecoder(descriptor, 0, part.size)
    return _session(packed, stored.manifest, options, text)


def open_bundled(bundle: Bundle, part: Part, options: OpenOptions) -> NativeDecoderSession:
    """Map the weights within a bundle's file, once their hash is found right."""
    text = vocabulary_of(bundle.manifest, bundle.read_part)
    descriptor, offset = bundle.located(part)
    return _session(PackedDecoder(descriptor, offset, part.size), bundle.manifest, options, text)


def open_content(
    content: bytes, text: Vocabulary | None, continuation: int
) -> NativeDecoderSession:
    """A packed decoder that is not in a bundle yet."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        packed = PackedDecoder(file.fileno())
    return NativeDecoderSession(packed, text=text, continuation=continuation)


def _session(
    packed: PackedDecoder, manifest: Manifest, options: OpenOptions, text: Vocabulary | None
) -> NativeDecoderSession:
    try:
        count = continuation_of(manifest)
    except BaseException:
        packed.close()
        raise
    return NativeDecoderSession(packed, options, text=text, continuation=count)
