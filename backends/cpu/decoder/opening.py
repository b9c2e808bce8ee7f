"""Opening a decoder where a bundle keeps it: in a store's slot, in a .edge file, in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable

from edgesdk.bundle import Bundle, Manifest, Part
from edgesdk.decoder.vocabulary import DESCRIPTION, TOKENIZER, read_vocabulary
from edgesdk.decoder.weights import Vocabulary
from edgesdk.errors import FormatRefused
from edgesdk.store import StoredModel
from edgesdk.tensors import TensorSpec

from .options import OpenOptions
from .packed_reader import PackedDecoder
from .session import NativeDecoderSession

HASHED_AGAIN = 64 << 20  # bytes; 0.1 s


def open_stored(stored: StoredModel, part: Part, options: OpenOptions) -> NativeDecoderSession:
    """Map the weights of an installed model.

    They were hashed when they were staged. Large ones are not hashed again: that takes longer than
    all else, and would read what may never be used. Raises as ``StoredModel.read``.
    """
    text = _vocabulary(stored.manifest, stored.read)
    if part.size <= HASHED_AGAIN:
        stored.read(part)
    with stored.opened(part) as descriptor:
        packed = PackedDecoder(descriptor, 0, part.size)
    return _session(packed, stored.manifest, options, text)


def open_bundled(bundle: Bundle, part: Part, options: OpenOptions) -> NativeDecoderSession:
    """Map the weights within a bundle's file, once their hash is found right."""
    text = _vocabulary(bundle.manifest, bundle.read_part)
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
        count = _continuation(manifest)
    except BaseException:
        packed.close()
        raise
    return NativeDecoderSession(packed, options, text=text, continuation=count)


def _continuation(manifest: Manifest) -> int:
    """How many tokens ``run`` gives. Raises ``FormatRefused`` (EDGE-0838)."""
    match manifest.inputs, manifest.outputs:
        case (
            (TensorSpec(name="tokens", dtype="int32", shape=(str(),)),),
            (TensorSpec(name="continuation", dtype="int32", shape=(int(count),)),),
        ) if count > 0:
            return count
    raise FormatRefused(
        "The bundle's inputs and outputs are not those of a language model",
        next_step="Compile the model again",
        code=38,
    )


def _vocabulary(manifest: Manifest, read: Callable[[Part], bytes]) -> Vocabulary | None:
    roles = {part.role: part for part in manifest.parts}
    if DESCRIPTION not in roles:
        return None
    content = read(roles[TOKENIZER]) if TOKENIZER in roles else b""
    return read_vocabulary(content, read(roles[DESCRIPTION]))
