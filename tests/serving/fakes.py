"""A decoder that is a table."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from edgesdk.decoder.tokenizer.sentencepiece import BYTE, CONTROL, UNKNOWN, encode_vocabulary
from edgesdk.decoder.weights import Vocabulary
from edgesdk.errors import LinkFailed

BEGINNING, END, FIRST = 1, 2, 3  # tokens; FIRST is that of the byte 0
TEMPLATE = (
    "{% for m in messages %}{{ '<s>' }}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}{{ '<s>assistant: ' }}{% endif %}"
)


def byte_vocabulary(template: str = TEMPLATE, space: bool = False) -> Vocabulary:
    """A token for each byte, after the three of every SentencePiece model."""
    content = encode_vocabulary(
        pieces=("<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))),
        scores=(0.0,) * 259,
        kinds=(UNKNOWN, CONTROL, CONTROL, *(BYTE,) * 256),
        add_space_prefix=space,
        beginning=BEGINNING,
        end=END,
    )
    return Vocabulary("sentencepiece", content, BEGINNING, (END,), template)


def token(letter: str) -> int:
    """The token of an ASCII character."""
    return FIRST + ord(letter)


def following(number: int) -> int:
    """a b c ... z, a space, and again; everything else is followed by an a; # ends the text."""
    letter = chr(number - FIRST) if number >= FIRST else "?"
    if letter == "#":
        return END
    if letter == "z":
        return token(" ")
    return number + 1 if "a" <= letter < "z" else token("a")


def expected(last: str, count: int) -> str:
    """What the table writes after a letter."""
    text, number = "", token(last)
    for _ in range(count):
        number = following(number)
        text += chr(number - FIRST)
    return text


class FakeSession:
    """A ``DecoderSession``: the likeliest token is ``following``'s, the next likeliest a space.

    ``delay``: seconds a token. ``fail_at``: the link breaks at that decode, and at all later steps.
    """

    inputs = outputs = ()
    vocabulary = 259

    def __init__(self, context: int = 512, delay: float = 0.0, template: str = TEMPLATE) -> None:
        self.context = context
        self.delay = delay
        self.fail_at: int | None = None
        self.text: Vocabulary | None = byte_vocabulary(template)
        self.decodes = 0
        self.prefilled = 0
        self.cache: list[int] = []
        self.threads: set[int] = set()
        self.closed = False

    @property
    def position(self) -> int:
        return len(self.cache)

    def prefill(self, tokens: Sequence[int], *, every: bool = False) -> np.ndarray:
        assert 0 < len(tokens) <= self.context - len(self.cache)
        self._step(0.0)
        self.prefilled += len(tokens)
        self.cache += [int(one) for one in tokens]
        rows = [self._logits(int(one)) for one in tokens] if every else []
        return np.stack(rows) if every else self._logits(int(tokens[-1]))

    def decode(self, token: int) -> np.ndarray:
        assert len(self.cache) < self.context
        self.decodes += 1
        self._step(self.delay)
        self.cache.append(int(token))
        return self._logits(int(token))

    def rewind(self, length: int) -> None:
        assert 0 <= length <= len(self.cache)
        del self.cache[length:]

    def run(self, inputs: Any, out: Any = None) -> dict[str, Any]:
        raise NotImplementedError

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> FakeSession:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _step(self, delay: float) -> None:
        self.threads.add(threading.get_ident())
        if delay:
            time.sleep(delay)
        if self.fail_at is not None and self.decodes >= self.fail_at:
            raise LinkFailed("The link broke", evidence="the fake was told so", code=1)

    def _logits(self, number: int) -> np.ndarray:
        logits = np.full(self.vocabulary, -20.0, np.float32)
        logits[token(" ")] = 1.0
        logits[following(number)] = 2.0
        return logits
