"""SentencePiece's own file, ``tokenizer.model``: a protocol buffer, of which few fields matter."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from ...errors import ModelRefused
from ..weights import Vocabulary
from .pieces import LARGEST_CONTENT, MOST_TOKENS
from .sentencepiece import from_pieces, refused

_PIECE, _TRAINER, _NORMALIZER = 1, 2, 3  # fields of the file
_TEXT, _SCORE, _TYPE = 1, 2, 3  # of a piece
_MODEL_TYPE, _SUFFIX, _BEGINNING, _END = 3, 24, 41, 42  # of the trainer's settings
_CHARACTERS, _PREFIX, _DROP_SPACES, _ESCAPE = 2, 3, 4, 5  # of the normaliser's settings
_BPE = 2
Value = int | bytes
Fields = dict[int, Value]


def read_model(
    content: bytes, *, stops: Sequence[int] = (), add_beginning: bool = True, template: str = ""
) -> Vocabulary:
    """The vocabulary of such a file, the same that GGUF files carry in arrays.

    ``stops``: tokens beside the file's own end that end a generation. Raises ``ModelRefused`` for a
    damaged file (EDGE-02124), and for one whose text is not cut as ``docs/decoder-tokenizer.md``
    says: Unigram models, Unicode normalisation (EDGE-02125).
    """
    if len(content) > LARGEST_CONTENT:
        raise refused(f"it has {len(content)} bytes; at most {LARGEST_CONTENT} are read")
    pieces: list[tuple[str, float, int]] = []
    settings: dict[int, Fields] = {_TRAINER: {}, _NORMALIZER: {}}
    for number, value in _fields(content):
        if number == _PIECE and isinstance(value, bytes):
            pieces.append(_piece(value))
        elif number in settings and isinstance(value, bytes):
            settings[number].update(_fields(value))
        if len(pieces) > MOST_TOKENS:
            raise refused(f"more than {MOST_TOKENS} pieces")
    trainer, normalizer = settings[_TRAINER], settings[_NORMALIZER]
    _check(trainer, normalizer)
    return from_pieces(
        [text for text, _, _ in pieces],
        [score for _, score, _ in pieces],
        [kind for _, _, kind in pieces],
        beginning=_token(trainer.get(_BEGINNING, 1)),
        end=_token(trainer.get(_END, 2)),
        stops=stops,
        add_beginning=add_beginning,
        add_space_prefix=bool(normalizer.get(_PREFIX, 1)),
        template=template,
    )


def _check(trainer: Fields, normalizer: Fields) -> None:
    """Refuse what would be cut otherwise than it is here. A field's default is its file's."""
    problems = {
        "it is no BPE model": trainer.get(_MODEL_TYPE, 1) != _BPE,
        "spaces end its pieces": bool(trainer.get(_SUFFIX, 0)),
        "it normalises Unicode": bool(normalizer.get(_CHARACTERS, b"")),
        "it drops spaces": bool(normalizer.get(_DROP_SPACES, 1)),
        "it has no sign for a space": not normalizer.get(_ESCAPE, 1),
    }
    for problem, holds in problems.items():
        if holds:
            raise ModelRefused(
                "The tokenizer.model is of a kind that cannot be followed",
                evidence=f"{problem}; BPE on unchanged text is what is read",
                next_step="Use the model's tokenizer.json, if it has one",
                code=125,
            )


def _piece(content: bytes) -> tuple[str, float, int]:
    found = dict(_fields(content))
    text, score, kind = found.get(_TEXT, b""), found.get(_SCORE, bytes(4)), found.get(_TYPE, 1)
    if not (isinstance(text, bytes) and isinstance(score, bytes) and isinstance(kind, int)):
        raise refused("a piece has fields of other types")
    try:
        return text.decode(), float(struct.unpack("<f", score)[0]), kind
    except (UnicodeDecodeError, struct.error) as error:
        raise refused(f"a piece: {error}") from None


def _token(value: Value) -> int | None:
    """A token's number; none where it is negative, which is written as 64 bits."""
    if not isinstance(value, int):
        raise refused("a token's number is no number")
    return value if value < 1 << 31 else None


def _fields(content: bytes) -> Iterator[tuple[int, Value]]:
    """Numbers and values of a message's fields: integers, or the bytes of anything else."""
    at = 0
    while at < len(content):
        key, at = _integer(content, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = _integer(content, at)
            yield number, value
            continue
        size = {1: 8, 5: 4}.get(kind, 0)
        if kind == 2:
            size, at = _integer(content, at)
        elif not size:
            raise refused(f"a field of type {kind} at byte {at}")
        if size > len(content) - at:
            raise refused(f"the field at byte {at} has {size} bytes, which the file has not")
        yield number, content[at : at + size]
        at += size


def _integer(content: bytes, at: int) -> tuple[int, int]:
    """An integer in groups of 7 bits, and where it ends."""
    value = 0
    for index, byte in enumerate(content[at : at + 10]):
        value |= (byte & 127) << 7 * index
        if byte < 128:
            return value, at + index + 1
    raise refused(f"the number at byte {at} does not end")
