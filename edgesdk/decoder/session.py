"""The seam of a decoder: a session that keeps the tokens it has seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..backend import Session
from ..tensors import TensorSpec
from .weights import Vocabulary

Tokens = Sequence[int] | NDArray[np.int32]
Logits = NDArray[np.float32]

CONTINUATION = 16  # tokens that ``run`` gives, where the context has room for them
INPUTS = (TensorSpec("tokens", "int32", ("tokens",)),)


def outputs(continuation: int) -> tuple[TensorSpec, ...]:
    """What ``run`` gives: the tokens that follow."""
    return (TensorSpec("continuation", "int32", (continuation,)),)


@runtime_checkable
class DecoderSession(Session, Protocol):
    """An opened decoder. Its cache holds the keys and values of the tokens it was given so far.

    ``run`` takes int32 ``tokens`` [n] and gives int32 ``continuation`` [N], the N tokens that
    follow if each is the likeliest one; it begins with an empty cache. One thread at a time.
    """

    @property
    def vocabulary(self) -> int:
        """Number of tokens, and of logits for each position."""

    @property
    def context(self) -> int:
        """Positions that the cache holds."""

    @property
    def position(self) -> int:
        """Tokens in the cache."""

    @property
    def text(self) -> Vocabulary | None:
        """How text becomes tokens, as the bundle carries it; None where it carries nothing."""

    def prefill(self, tokens: Tokens, *, every: bool = False) -> Logits:
        """Append tokens to the cache. Returns the last one's logits, float32 [vocabulary].

        With ``every``, those of all of them, float32 [n, vocabulary]. The same tokens in one call
        or in many give the same logits to the bit. Raises ``UsageError`` for no tokens, a token
        outside the vocabulary, and more tokens than the cache has room for; then the cache is as
        it was. Raises ``LinkFailed`` when the link breaks.
        """

    def decode(self, token: int) -> Logits:
        """Append one token. Returns its logits, float32 [vocabulary]; raises as ``prefill``."""

    def rewind(self, length: int) -> None:
        """Keep the first ``length`` tokens of the cache. Raises ``UsageError`` if it has fewer."""

    def __enter__(self) -> DecoderSession: ...
