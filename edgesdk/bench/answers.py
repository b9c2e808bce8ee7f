"""Running models on the same inputs, to compare what they answer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..backend import Arrays, Session
from ..tensors import Array
from .agreement import CONTINUATION, LOGITS, Answer

TOKENS = "tokens"  # a decoder's input


@runtime_checkable
class _ReadsTokens(Protocol):
    """What of a decoder is needed here; ``edgesdk.decoder.session`` has all of it."""

    def prefill(self, tokens: Sequence[int], *, every: bool = False) -> NDArray[np.float32]: ...

    def rewind(self, length: int) -> None: ...


def answers(session: Session, sets: Sequence[Arrays], seconds: float) -> list[Answer]:
    """The outputs for each set of inputs; after so many seconds no other set is begun."""
    stop = time.perf_counter() + seconds
    found: list[Answer] = []
    for arrays in sets:
        if found and time.perf_counter() >= stop:
            break
        found.append({name: np.array(array) for name, array in session.run(arrays).items()})
    return found


def shared_tokens(found: Sequence[Sequence[Answer]]) -> list[Array]:
    """Of each set the first contender's continuation, as long as every contender's is; none where
    not all are decoders."""
    if not all(CONTINUATION in answer for answers in found for answer in answers):
        return []
    return [
        same_set[0][CONTINUATION][: min(len(answer[CONTINUATION]) for answer in same_set)]
        for same_set in zip(*found, strict=True)
    ]


def with_logits(
    session: Session, sets: Sequence[Arrays], found: Sequence[Answer], tokens: Sequence[Array]
) -> list[Answer]:
    """The answers; a decoder's with its logits after each of the ``tokens`` of each set."""
    if not isinstance(session, _ReadsTokens) or not tokens:
        return list(found)
    return [
        {**answer, LOGITS: _logits(session, arrays[TOKENS], read)}
        for arrays, answer, read in zip(sets, found, tokens, strict=True)
    ]


def _logits(session: _ReadsTokens, prompt: Array, continuation: Array) -> Array:
    """Of each token of the continuation, float32 [tokens, vocabulary]."""
    session.rewind(0)
    read = [*prompt.tolist(), *continuation[:-1].tolist()]
    logits = session.prefill(read, every=True)[len(prompt) - 1 :]
    return np.array(logits[: len(continuation)], np.float32)
