"""SentencePiece BPE vocabularies as JSON: ``docs/decoder-tokenizer.md`` is the specification."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import ModelRefused
from ..weights import Vocabulary
from .pieces import LARGEST_CONTENT, MOST_TOKENS

FORMAT, VERSION = "edgesdk-sentencepiece", 1
NORMAL, UNKNOWN, CONTROL, USER, UNUSED, BYTE = (
    "normal",
    "unknown",
    "control",
    "user",
    "unused",
    "byte",
)
KINDS = (NORMAL, UNKNOWN, CONTROL, USER, UNUSED, BYTE)  # SentencePiece's and GGUF's types 1 to 6
SPACE = "\u2581"  # stands for a space in pieces
LONGEST_PIECE = 1024  # characters
_BYTE_PIECE = re.compile(r"<0x([0-9A-Fa-f]{2})>\Z")
_KEYS = {"format", "version", "add_space_prefix", "beginning", "end", "pieces", "scores", "kinds"}


@dataclass(frozen=True)
class Pieces:
    """A SentencePiece BPE vocabulary. Of two pieces that merge, the higher score goes first.

    ``pieces``, ``scores``, ``kinds``: one entry for each token. ``add_space_prefix``: a space goes
    before every text. ``beginning``, ``end``: the tokens that templates name bos and eos.
    """

    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    kinds: tuple[str, ...]
    add_space_prefix: bool = True
    beginning: int | None = None
    end: int | None = None

    def __post_init__(self) -> None:
        count = len(self.pieces)
        if not 0 < count <= MOST_TOKENS:
            raise refused(f"{count} pieces; 1 to {MOST_TOKENS} are possible")
        if len(self.scores) != count or len(self.kinds) != count:
            raise refused(f"{count} pieces, {len(self.scores)} scores, {len(self.kinds)} kinds")
        for token in (self.beginning, self.end):
            if token is not None and not 0 <= token < count:
                raise refused(f"there is no token {token} among {count}")
        for index, (piece, score, kind) in enumerate(
            zip(self.pieces, self.scores, self.kinds, strict=True)
        ):
            if problem := _problem(piece, score, kind):
                raise refused(f"piece {index}: {problem}")


def _problem(piece: str, score: float, kind: str) -> str:
    """What is wrong with one piece, or nothing."""
    if len(piece) > LONGEST_PIECE:
        return f"it has {len(piece)} characters"
    if not math.isfinite(score):
        return f"its score is {score}"
    if kind not in KINDS:
        return f"its kind is {kind[:20]!r}"
    if kind == BYTE and _BYTE_PIECE.match(piece) is None:
        return f"{piece[:20]!r} names no byte"
    if any("\ud800" <= character <= "\udfff" for character in piece):
        return "it holds half a character"
    return ""


def byte_of(piece: str) -> int:
    """The byte that a piece of kind byte stands for: 10 for ``<0x0A>``."""
    return int(piece[3:5], 16)


def encode_vocabulary(
    pieces: Sequence[str],
    scores: Sequence[float],
    kinds: Sequence[str],
    *,
    add_space_prefix: bool = True,
    beginning: int | None = None,
    end: int | None = None,
) -> bytes:
    """The JSON of a vocabulary; ``kinds`` are words of ``KINDS``. Raises ``ModelRefused``."""
    numbers = tuple(map(float, scores))
    table = Pieces(tuple(pieces), numbers, tuple(kinds), add_space_prefix, beginning, end)
    by_kind = {kind: [i for i, k in enumerate(table.kinds) if k == kind] for kind in KINDS[1:]}
    return json.dumps(
        {
            "format": FORMAT,
            "version": VERSION,
            "add_space_prefix": table.add_space_prefix,
            "beginning": table.beginning,
            "end": table.end,
            "pieces": table.pieces,
            "scores": table.scores,
            "kinds": {kind: tokens for kind, tokens in by_kind.items() if tokens},
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()


def read_vocabulary(content: bytes) -> Pieces:
    """The vocabulary of such JSON. Raises ``ModelRefused`` (EDGE-02124)."""
    if len(content) > LARGEST_CONTENT:
        raise refused(f"it has {len(content)} bytes; at most {LARGEST_CONTENT} are read")
    try:
        found = json.loads(content, parse_constant=_no_number)
        return _pieces(found)
    except (KeyError, TypeError, ValueError, RecursionError, OverflowError) as error:
        raise refused(str(error)[:200]) from None


def from_pieces(
    pieces: Sequence[str],
    scores: Sequence[float],
    types: Sequence[int],
    *,
    beginning: int | None = None,
    end: int | None = None,
    stops: Sequence[int] = (),
    add_beginning: bool = True,
    add_space_prefix: bool = True,
    template: str = "",
) -> Vocabulary:
    """The vocabulary of GGUF's arrays (``tokenizer.ggml.tokens``, ``scores``, ``token_type``).

    ``stops``: tokens beside ``end`` that end a generation. Raises ``ModelRefused`` (EDGE-02124).
    """
    wrong = [kind for kind in types if not 1 <= kind <= len(KINDS)]
    if wrong:
        raise refused(f"a piece has type {wrong[0]}; the types are 1 to {len(KINDS)}")
    kinds = [KINDS[kind - 1] for kind in types]
    content = encode_vocabulary(
        pieces, scores, kinds, add_space_prefix=add_space_prefix, beginning=beginning, end=end
    )
    ends = dict.fromkeys([*([] if end is None else [end]), *map(int, stops)])
    return Vocabulary(
        "sentencepiece", content, beginning if add_beginning else None, tuple(ends), template
    )


def refused(evidence: str) -> ModelRefused:
    """The refusal of a vocabulary that is damaged or contradicts itself."""
    return ModelRefused(
        "The tokenizer's vocabulary is not as one must be",
        evidence=evidence,
        next_step="Fetch the model's tokenizer again, or compile the model again",
        code=124,
    )


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _pieces(found: Any) -> Pieces:
    if not isinstance(found, dict) or set(found) != _KEYS:
        raise ValueError(f"it must be an object of {', '.join(sorted(_KEYS))}")
    if found["format"] != FORMAT or _exactly(found["version"], int) != VERSION:
        raise ValueError(f"only {FORMAT} version {VERSION} is read")
    pieces = _list_of(found["pieces"], str)
    return Pieces(
        pieces=pieces,
        scores=tuple(map(float, _list_of(found["scores"], int, float))),
        kinds=_kinds(found["kinds"], len(pieces)),
        add_space_prefix=_exactly(found["add_space_prefix"], bool),
        beginning=_exactly(found["beginning"], int, type(None)),
        end=_exactly(found["end"], int, type(None)),
    )


def _kinds(found: Any, count: int) -> tuple[str, ...]:
    """The kind of each piece, out of the lists of those that are not normal."""
    kinds = [NORMAL] * count
    for kind, tokens in _exactly(found, dict).items():
        if kind not in KINDS[1:]:
            raise ValueError(f"there is no kind {kind[:20]!r}")
        for token in _list_of(tokens, int):
            if not 0 <= token < count or kinds[token] != NORMAL:
                raise ValueError(f"token {token} of kind {kind} is not there, or named twice")
            kinds[token] = kind
    return tuple(kinds)


def _list_of(found: Any, *types: type) -> tuple[Any, ...]:
    return tuple(_exactly(value, *types) for value in _exactly(found, list))


def _exactly(found: Any, *types: type) -> Any:
    """The value, if its type is one of these; True is no number here."""
    if type(found) not in types:
        raise ValueError(f"{str(found)[:40]!r} is no {' or '.join(t.__name__ for t in types)}")
    return found
