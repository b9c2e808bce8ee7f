"""A decoder that is a table: which token follows which, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from edgesdk.decoder.tokenizer.sentencepiece import BYTE, CONTROL, UNKNOWN, encode_vocabulary
from edgesdk.decoder.weights import Vocabulary
from edgesdk.errors import LinkFailed, UsageError
from edgesdk.tensors import TensorSpec

BEGINNING, END, FIRST = 1, 2, 3  # tokens; FIRST is that of the byte 0
TOKENS = FIRST + 256


def byte_vocabulary(template: str = "") -> Vocabulary:
    """A token for each byte, after the three of every SentencePiece model."""
    content = encode_vocabulary(
        pieces=("<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))),
        scores=(0.0,) * TOKENS,
        kinds=(UNKNOWN, CONTROL, CONTROL, *(BYTE,) * 256),
        add_space_prefix=False,
        beginning=BEGINNING,
        end=END,
    )
    return Vocabulary("sentencepiece", content, BEGINNING, (END,), template)


def tokens(text: str) -> list[int]:
    return [FIRST + byte for byte in text.encode()]


def script(prompt: str, answer: str, end: bool = True) -> dict[int, int]:
    """Positions to tokens: after the prompt (and the beginning token) this answer, then the end."""
    said = tokens(answer) + ([END] if end else [])
    return dict(enumerate(said, start=len(prompt.encode())))


class TableSession:
    """A ``DecoderSession`` that says ``script[position]`` next, or counts a, b, c ... without.

    ``fail_at``: the link breaks at that call. ``calls`` are the lengths of what it was given.
    """

    inputs = (TensorSpec("tokens", "int32", ("length",)),)
    outputs = (TensorSpec("continuation", "int32", (4,)),)
    vocabulary = TOKENS

    def __init__(
        self,
        script: Mapping[int, int] | None = None,
        context: int = 64,
        text: Vocabulary | None = None,
    ) -> None:
        self.script = script or {}
        self.context = context
        self.text = text
        self.cache: list[int] = []
        self.calls: list[int] = []
        self.fail_at: int | None = None
        self.closed = False

    @property
    def position(self) -> int:
        return len(self.cache)

    def prefill(self, tokens: Sequence[int], *, every: bool = False) -> np.ndarray:
        if not 0 < len(tokens) <= self.context - self.position:
            raise UsageError("the table is full", code=132)
        self.calls.append(len(tokens))
        if self.fail_at is not None and len(self.calls) > self.fail_at:
            raise LinkFailed("The link broke")
        rows = []
        for token in tokens:
            self.cache.append(int(token))
            rows.append(self._logits())
        return np.stack(rows) if every else rows[-1]

    def decode(self, token: int) -> np.ndarray:
        return self.prefill([token])

    def rewind(self, length: int) -> None:
        if not 0 <= length <= self.position:
            raise UsageError("the table is shorter", code=133)
        del self.cache[length:]

    def run(self, inputs: Any, out: Any = None) -> dict[str, Any]:
        raise NotImplementedError

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> TableSession:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _logits(self) -> np.ndarray:
        place = len(self.cache) - 1  # of the last token
        letter = FIRST + ord("a") + place % 26
        logits = np.zeros(self.vocabulary, np.float32)
        logits[self.script.get(place, letter)] = 8.0
        return logits
