"""How well a decoder predicts a text: perplexity over overlapping windows."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelRefused, UsageError
from .sampling import log_probabilities
from .session import DecoderSession, Logits
from .tokenizer import Tokenizer

_LOGIT_BYTES = 32 << 20  # that one call may return
_BLOCK = 128  # tokens of one call at most: Ctrl-C is answered between two


@dataclass(frozen=True)
class Perplexity:
    """The mean surprise at a text's tokens.

    ``scored``: tokens that were predicted. ``loss``: the mean of their negative log probabilities
    (nats, float64), and ``error`` its standard error. ``bits_per_byte`` compares models of
    different vocabularies. ``computed``: tokens that went through the model, in ``seconds``.
    """

    scored: int
    loss: float
    error: float
    bits_per_byte: float
    window: int
    stride: int
    computed: int
    seconds: float

    @property
    def value(self) -> float:
        """e to the loss; infinite where that is no number any more."""
        return math.exp(self.loss) if self.loss < 700 else math.inf

    @property
    def rate(self) -> float:
        """Tokens through the model in a second."""
        return self.computed / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True)
class _Window:
    """Tokens ``start`` to ``end`` of the text, of which those from ``first`` on are scored."""

    start: int
    first: int
    end: int


def perplexity(
    session: DecoderSession,
    tokenizer: Tokenizer,
    text: str,
    *,
    window: int | None = None,
    stride: int | None = None,
    on_window: Callable[[int, int, float], None] | None = None,
) -> Perplexity:
    """The perplexity of a text.

    Windows of ``window`` positions (by default the context) begin every ``stride`` tokens (by
    default half a window), each with the model's beginning token where it has one. A token is
    scored once, in the first window that holds it, so that all but the first window's have at least
    window - stride tokens before them. ``on_window`` is told the tokens scored so far, how many
    there will be, and the loss so far. Raises ``UsageError`` (EDGE-02153) for a text or sizes that
    leave nothing to score, ``ModelRefused`` (EDGE-02149), and what the session raises.
    """
    tokens = tokenizer.encode(text, beginning=False)
    lead = [] if tokenizer.beginning is None else [tokenizer.beginning]
    size = _checked_window(window, session.context)
    step = _checked_stride(stride, size - 1)  # the first of each window is never scored
    windows = list(_windows(len(tokens), size - len(lead), step, bool(lead)))
    goal = sum(w.end - w.first for w in windows)
    if goal == 0:
        raise _nothing("The text is too short", f"it has {len(tokens)} tokens")
    losses: list[NDArray[np.float64]] = []
    done, total = 0, 0.0
    begun = time.perf_counter()
    for w in windows:
        session.rewind(0)
        found = _losses(session, [*lead, *tokens[w.start : w.end]])
        losses.append(found[len(found) - (w.end - w.first) :])
        done, total = done + len(losses[-1]), total + float(losses[-1].sum())
        if on_window is not None:
            on_window(done, goal, total / max(done, 1))
    seconds = time.perf_counter() - begun
    every = np.concatenate(losses)
    computed = sum(len(lead) + w.end - w.start - 1 for w in windows)
    return Perplexity(
        scored=goal,
        loss=float(every.mean()),
        error=float(every.std(ddof=1) / math.sqrt(goal)) if goal > 1 else 0.0,
        bits_per_byte=float(every.sum()) / math.log(2) / len(text.encode()),
        window=size,
        stride=step,
        computed=computed,
        seconds=seconds,
    )


def _windows(count: int, size: int, stride: int, led: bool) -> Iterator[_Window]:
    """Windows over ``count`` tokens; without something before it, a first token is not scored."""
    scored = 0
    for start in range(0, count, stride):
        end = min(start + size, count)
        yield _Window(start, max(scored, start + (not led)), end)
        scored = end
        if end == count:
            return


def _losses(session: DecoderSession, tokens: Sequence[int]) -> NDArray[np.float64]:
    """Negative log probabilities of all tokens but the first, float64 [n - 1]."""
    block = max(1, min(_BLOCK, _LOGIT_BYTES // (4 * session.vocabulary)))
    found: list[NDArray[np.float64]] = [np.empty(0)]
    for at in range(0, len(tokens) - 1, block):
        given = tokens[at : min(at + block, len(tokens) - 1)]
        logits = session.prefill(given, every=True)
        found.append(_surprise(logits, tokens[at + 1 : at + 1 + len(given)]))
    return np.concatenate(found)


def _surprise(logits: Logits, tokens: Sequence[int]) -> NDArray[np.float64]:
    """Negative log probability of each row's token; a row at a time, which stays in cache."""
    pairs = zip(logits, tokens, strict=True)
    with np.errstate(invalid="ignore"):  # what is no number is found below
        found = np.array([-log_probabilities(row)[token] for row, token in pairs])
    if not np.isfinite(found).all():
        raise ModelRefused(
            "The model gives a token of the text no probability",
            evidence="its logits are infinite or not a number",
            next_step="Its weights are damaged: make the bundle again, from a source that is whole",
            code=149,
        )
    return found


def _checked_window(window: int | None, context: int) -> int:
    size = context if window is None else window
    if not 2 <= size <= context:
        raise _nothing(f"A window of {size} tokens is not possible", f"2 to {context} are")
    return size


def _checked_stride(stride: int | None, most: int) -> int:
    step = max(most // 2, 1) if stride is None else stride
    if not 1 <= step <= most:
        raise _nothing(f"A stride of {step} tokens is not possible", f"1 to {most} are")
    return step


def _nothing(what: str, evidence: str) -> UsageError:
    return UsageError(
        what,
        evidence=evidence,
        next_step="Give a longer text, or other sizes of window and stride",
        code=153,
    )
