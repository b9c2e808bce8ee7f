"""What a bundle says of the language model in it: how much it continues, and its vocabulary."""

from __future__ import annotations

from collections.abc import Callable

from ..bundle import Manifest, Part
from ..errors import FormatRefused
from ..tensors import TensorSpec
from .vocabulary import DESCRIPTION, TOKENIZER, read_vocabulary
from .weights import Vocabulary


def continuation_of(manifest: Manifest) -> int:
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


def vocabulary_of(manifest: Manifest, read: Callable[[Part], bytes]) -> Vocabulary | None:
    """The vocabulary, None where there is none; ``read`` gives a part's content.

    Raises ``FormatRefused`` (EDGE-0818).
    """
    roles = {part.role: part for part in manifest.parts}
    if DESCRIPTION not in roles:
        return None
    content = read(roles[TOKENIZER]) if TOKENIZER in roles else b""
    return read_vocabulary(content, read(roles[DESCRIPTION]))
