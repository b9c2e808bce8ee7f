"""Opening a decoder where a bundle keeps it: in a store's slot, in a .edge file, in memory."""

from __future__ import annotations

import tempfile

from edgesdk.decoder.bundled import continuation_of, vocabulary_of
from edgesdk.decoder.weights import Vocabulary
from edgesdk.store import Source

from .options import OpenOptions
from .packed_reader import PackedDecoder
from .session import NativeDecoderSession

HASHED_AGAIN = 64 << 20  # bytes; 0.1 s


def open_source(source: Source, options: OpenOptions) -> NativeDecoderSession:
    """A model that is installed, or in a bundle's file."""
    text, count = vocabulary_of(source.manifest, source.read), continuation_of(source.manifest)
    return NativeDecoderSession(packed_file(source), options, text=text, continuation=count)


def packed_file(source: Source) -> PackedDecoder:
    """The weights, mapped.

    Installed ones were hashed when they were staged. Large ones are not hashed again: that takes
    longer than all else, and would read what may never be used.
    """
    with source.located(hashed=source.model.size <= HASHED_AGAIN) as place:
        return PackedDecoder(*place)


def open_content(
    content: bytes, text: Vocabulary | None, continuation: int
) -> NativeDecoderSession:
    """A packed decoder that is not in a bundle yet."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        packed = PackedDecoder(file.fileno())
    return NativeDecoderSession(packed, text=text, continuation=continuation)
