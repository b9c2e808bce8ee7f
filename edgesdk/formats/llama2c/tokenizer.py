"""The tokenizer of a llama2.c checkpoint, where its file lies beside it."""

from __future__ import annotations

from pathlib import Path

from ...decoder.tokenizer.pieces import LARGEST_CONTENT
from ...decoder.tokenizer.sentencepiece_llama2c import read_llama2c
from ...decoder.weights import Vocabulary
from ..files import read_whole


def tokenizer_beside(path: Path, vocabulary: int) -> Vocabulary | None:
    """The vocabulary of ``tok512.bin`` for 512 tokens, or of ``tokenizer.bin``; None for neither.

    The general name is of a vocabulary of its own, which need not be this model's: it counts only
    beside a model that has no file of its size. Raises ``ModelRefused`` (EDGE-0270, 02124).
    """
    for name in (f"tok{vocabulary}.bin", "tokenizer.bin"):
        if (path.parent / name).exists():
            return read_llama2c(read_whole(path.parent / name, LARGEST_CONTENT), vocabulary)
    return None
