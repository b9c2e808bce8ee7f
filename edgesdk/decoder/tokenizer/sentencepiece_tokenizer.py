"""The tokenizer of a SentencePiece BPE vocabulary."""

from __future__ import annotations

from dataclasses import replace

from ...errors import UsageError
from ..weights import Vocabulary
from .pieces import UNKNOWN_TEXT, Control, PieceTokenizer
from .sentencepiece import (
    BYTE,
    CONTROL,
    NORMAL,
    SPACE,
    UNKNOWN,
    UNUSED,
    USER,
    Pieces,
    byte_of,
    read_vocabulary,
)
from .sentencepiece_merge import Merger


def load(vocabulary: Vocabulary) -> PieceTokenizer:
    """The tokenizer of such a vocabulary. Raises ``ModelRefused`` (EDGE-02124)."""
    table = _with_duties(read_vocabulary(vocabulary.content), vocabulary)
    controls = {
        piece: Control(token)
        for token, piece in enumerate(table.pieces)
        if table.kinds[token] == CONTROL
    }
    return PieceTokenizer(
        [_written(piece, kind) for piece, kind in zip(table.pieces, table.kinds, strict=True)],
        controls,
        PlainEncoder(table).encode,
        vocabulary,
        strip=table.add_space_prefix,
        start=None if table.beginning is None else table.pieces[table.beginning],
        end=None if table.end is None else table.pieces[table.end],
    )


def _with_duties(table: Pieces, vocabulary: Vocabulary) -> Pieces:
    """A user's piece that begins a prompt or ends a generation is a control token."""
    duties = {*vocabulary.stops, vocabulary.beginning}
    ours = {token for token in duties if token is not None and token < len(table.kinds)}
    if all(table.kinds[token] != USER for token in ours):
        return table
    kinds = [
        CONTROL if token in ours and kind == USER else kind
        for token, kind in enumerate(table.kinds)
    ]
    return replace(table, kinds=tuple(kinds))


def _written(piece: str, kind: str) -> bytes:
    """The bytes that a token writes."""
    if kind == BYTE:
        return bytes([byte_of(piece)])
    if kind == UNKNOWN:
        return UNKNOWN_TEXT
    return b"" if kind == CONTROL else piece.replace(SPACE, " ").encode()


class PlainEncoder:
    """Text without control tokens, to tokens. Of two equal pieces the first one counts."""

    def __init__(self, table: Pieces) -> None:
        named = list(zip(table.pieces, table.kinds, range(len(table.pieces)), strict=True))[::-1]
        readable = {NORMAL, USER, UNUSED}
        self._tokens = {p.replace(" ", SPACE): i for p, kind, i in named if p and kind in readable}
        self._bytes = {byte_of(p): i for p, kind, i in named if kind == BYTE}
        self._unknown = next((i for _, kind, i in named[::-1] if kind == UNKNOWN), None)
        self._prefix = SPACE if table.add_space_prefix else ""
        of_kind = {
            kind: frozenset(p for p, i in self._tokens.items() if table.kinds[i] == kind)
            for kind in readable
        }
        scores = {p: table.scores[i] for p, i in self._tokens.items()}
        self._merger = Merger(scores, of_kind[UNUSED], of_kind[USER])

    def encode(self, text: str, first: bool) -> list[int]:
        """The tokens; a space goes before every stretch of text, as in llama.cpp."""
        tokens: list[int] = []
        known = self._tokens
        for piece in self._merger.cut(self._prefix + text.replace(" ", SPACE)):
            token = known.get(piece)
            if token is not None:
                tokens.append(token)
            else:
                self._fall_back(piece, tokens)
        return tokens

    def _fall_back(self, character: str, tokens: list[int]) -> None:
        """A character that is no piece: its bytes, or one unknown token for all in a row."""
        encoded = (" " if character == SPACE else character).encode()
        if all(byte in self._bytes for byte in encoded):
            tokens += [self._bytes[byte] for byte in encoded]
        elif self._unknown is None:
            raise UsageError(
                f"The model's vocabulary cannot write U+{ord(character):04X}",
                evidence=f"it has no token for {character!r}, no bytes and no unknown token",
                next_step="Leave the character out",
                code=121,
            )
        elif tokens[-1:] != [self._unknown]:
            tokens.append(self._unknown)
