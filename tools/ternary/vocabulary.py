"""The teacher's vocabulary (``tok512.bin`` of llama2.c) in the format of ``tokenizers``."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

# SentencePiece writes a space as U+2581, and so do the tokenizer files of Llama models.
SPACE = "\u2581"
SPECIAL = ("<unk>", "<s>", "</s>")
BEGINNING, END = 1, 2


def read_pieces(path: Path) -> list[tuple[str, float]]:
    """Piece and score of each token. llama2.c writes spaces plainly, and merges by score."""
    content = path.read_bytes()
    pieces, offset = [], 4
    while offset < len(content):
        score, length = struct.unpack_from("<fi", content, offset)
        offset += 8
        pieces.append((content[offset : offset + length].decode(), score))
        offset += length
    named = [(piece.replace(" ", SPACE), score) for piece, score in pieces[len(SPECIAL) :]]
    return [(piece, 0.0) for piece in SPECIAL] + named


def merges(pieces: Sequence[tuple[str, float]]) -> Iterator[tuple[str, str]]:
    """Every pair of pieces that together are a piece; those of the highest score first."""
    known = {piece for piece, _ in pieces}
    for piece, _ in sorted(pieces[len(SPECIAL) :], key=lambda entry: -entry[1]):
        for cut in range(1, len(piece)):
            if piece[:cut] in known and piece[cut:] in known:
                yield piece[:cut], piece[cut:]


def tokenizer(pieces: Sequence[tuple[str, float]]) -> dict[str, Any]:
    """``tokenizer.json``: a space before the text, pieces joined by score, bytes for the rest."""
    model = {
        "type": "BPE",
        "dropout": None,
        "unk_token": SPECIAL[0],
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": True,
        "byte_fallback": True,
        "ignore_merges": False,
        "vocab": {piece: token for token, (piece, _) in enumerate(pieces)},
        "merges": [list(pair) for pair in merges(pieces)],
    }
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_special(token) for token in range(len(SPECIAL))],
        "normalizer": _sequence("normalizers", _prepend(), _replace(" ", SPACE)),
        "pre_tokenizer": None,
        "post_processor": _beginning_first(),
        "decoder": _sequence(
            "decoders",
            _replace(SPACE, " "),
            {"type": "ByteFallback"},
            {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0},
        ),
        "model": model,
    }


def _special(token: int) -> dict[str, Any]:
    return {
        "id": token,
        "content": SPECIAL[token],
        "single_word": False,
        "lstrip": False,
        "rstrip": False,
        "normalized": False,
        "special": True,
    }


def _sequence(name: str, *steps: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Sequence", name: list(steps)}


def _prepend() -> dict[str, Any]:
    return {"type": "Prepend", "prepend": SPACE}


def _replace(found: str, content: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": {"String": found}, "content": content}


def _beginning_first() -> dict[str, Any]:
    """A text begins with the beginning token; the second of two follows plainly."""
    name = SPECIAL[BEGINNING]
    token = {"SpecialToken": {"id": name, "type_id": 0}}
    first, second = ({"Sequence": {"id": each, "type_id": 0}} for each in "AB")
    return {
        "type": "TemplateProcessing",
        "single": [token, first],
        "pair": [token, first, second],
        "special_tokens": {name: {"id": name, "ids": [BEGINNING], "tokens": [name]}},
    }
