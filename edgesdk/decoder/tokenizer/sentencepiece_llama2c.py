"""llama2.c's tokenizer files: int32 the longest piece, then float32 score, int32 length, bytes."""

from __future__ import annotations

import re
import struct

from ..weights import Vocabulary
from .pieces import MOST_TOKENS
from .sentencepiece import (
    BYTE,
    CONTROL,
    LONGEST_PIECE,
    NORMAL,
    SPACE,
    UNKNOWN,
    encode_vocabulary,
    refused,
)

# llama2.c keeps SentencePiece's order: unknown, beginning, end, then the 256 bytes.
_FIRST = (("<unk>", UNKNOWN), ("<s>", CONTROL), ("</s>", CONTROL))
_BYTES = range(3, 259)


def read_llama2c(content: bytes, vocabulary: int) -> Vocabulary:
    """The vocabulary of such a file, for a model of so many tokens.

    It begins with token 1; tokens 1 (the next story) and 2 end a generation. Raises
    ``ModelRefused`` (EDGE-02124) for a file that is damaged or is of another model.
    """
    if not len(_FIRST) < vocabulary <= MOST_TOKENS:
        raise refused(f"a vocabulary of {vocabulary} tokens; llama2.c's begin with 3 of its own")
    found = _records(content, vocabulary)
    named = [_named(token, piece) for token, (piece, _) in enumerate(found)]
    table = encode_vocabulary(
        [piece for piece, _ in named],
        [score for _, score in found],
        [kind for _, kind in named],
        beginning=1,
        end=2,
    )
    return Vocabulary("sentencepiece", table, beginning=1, stops=(1, 2))


def _records(content: bytes, vocabulary: int) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    try:
        offset = 4
        for _ in range(vocabulary):
            score, length = struct.unpack_from("<fi", content, offset)
            offset += 8
            if not 0 <= length <= min(4 * LONGEST_PIECE, len(content) - offset):
                raise refused(f"token {len(found)} has {length} bytes, which the file has not")
            found.append((content[offset : offset + length].decode(), score))
            offset += length
    except (struct.error, UnicodeDecodeError) as error:
        raise refused(f"token {len(found)} of {vocabulary}: {error}") from None
    if offset != len(content):
        rest = len(content) - offset
        raise refused(f"{rest} bytes follow the {vocabulary} tokens that the model has")
    return found


def _named(token: int, piece: str) -> tuple[str, str]:
    """The piece and its kind. The file writes spaces where SentencePiece writes U+2581."""
    if token < len(_FIRST):
        return _FIRST[token]
    if token in _BYTES and re.fullmatch(r"<0x[0-9A-F]{2}>", piece):
        return piece, BYTE
    return piece.replace(" ", SPACE), NORMAL
