"""Tokens chosen one after the other: on this machine, or where the model is.

A session at a distance chooses there (``WritingSession``), so that a token comes over the link and
never a vocabulary's logits. Text and stop strings are the reader's, who closes what it has enough
of.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ..errors import LinkFailed, UsageError
from .generation_pieces import Usage, check_top
from .prefix import PrefixCache
from .sampling import Sampler, Sampling, log_probabilities
from .sampling_filters import likeliest
from .session import DecoderSession, Logits


@dataclass(frozen=True)
class Wanted:
    """How tokens are to be chosen, and how many: ``maximum`` of them, or fewer.

    ``ends``: the tokens that end it; one of them is the last choice. ``top``: as in ``Settings``.
    Raises ``UsageError`` (EDGE-02145) for what is out of its range.
    """

    sampling: Sampling
    maximum: int
    ends: frozenset[int]
    top: int | None = None

    def __post_init__(self) -> None:
        if self.maximum < 1:
            raise UsageError("The maximum of tokens is less than 1", code=145)
        check_top(self.top)


@dataclass(frozen=True)
class Choice:
    """A chosen token; ``logprob`` and ``top`` as in ``Piece``, and not told of one that ends."""

    token: int
    logprob: float | None = None
    top: tuple[tuple[int, float], ...] = ()


Choices = Generator[Choice, None, None]


@runtime_checkable
class WritingSession(DecoderSession, Protocol):
    """A decoder that chooses its tokens itself, where it is."""

    def write(self, prompt: Sequence[int], wanted: Wanted, usage: Usage) -> Choices:
        """Make the cache hold the prompt, and continue it; nothing happens before the first choice.

        With each choice ``usage`` tells of the tokens up to that one, and of none after it; seconds
        are those of the machine that computes. Closing it cancels: then ``position`` is known
        again, and the cache holds the prompt and choices in their order, more of them perhaps than
        were handed out. Raises as ``DecoderSession.prefill``, and ``ModelRefused`` (EDGE-02149).
        """


def write(cache: PrefixCache, prompt: Sequence[int], wanted: Wanted, usage: Usage) -> Choices:
    """What ``WritingSession.write`` does, by a session on this machine.

    The last choice is not computed with.
    """
    usage.prompt = len(prompt)
    how, begun = wanted.sampling, time.perf_counter()
    sampler, recent = Sampler(how), deque(prompt, maxlen=_window(how))
    logits, usage.cached = cache.prefill(prompt)
    usage.prefill_seconds = time.perf_counter() - begun
    while True:
        chosen = time.perf_counter()
        token = sampler.choose(logits, recent)
        _count(usage, begun, chosen)
        if token in wanted.ends:
            yield Choice(token)
            return
        yield _choice(token, logits, wanted.top)
        if usage.written >= wanted.maximum:
            return
        recent.append(token)
        decoded = time.perf_counter()
        logits = cache.decode(token)
        usage.decode_seconds += time.perf_counter() - decoded


def written(cache: PrefixCache, prompt: Sequence[int], wanted: Wanted, usage: Usage) -> Choices:
    """Tokens from where the model is; the cache learns what the session's holds then.

    Raises ``LinkFailed`` (EDGE-0641) where they end too early, or go on too long.
    """
    session = cache.session
    if not isinstance(session, WritingSession):
        yield from write(cache, prompt, wanted, usage)
        return
    cache.begins(prompt)
    count, ended = 0, False
    with closing(session.write(prompt, wanted, usage)) as choices:
        for choice in choices:
            if ended:
                raise _not_as_asked(f"it went on after {count} tokens", wanted)
            if count == 0:
                cache.has(prompt)
            cache.adds(choice.token)
            count += 1
            ended = count == wanted.maximum or choice.token in wanted.ends
            yield choice
    if not ended:
        raise _not_as_asked(f"it ended after {count} tokens", wanted)


def _not_as_asked(what: str, wanted: Wanted) -> LinkFailed:
    return LinkFailed(
        "The machine that chooses the tokens did not keep to what was asked",
        evidence=f"{what}; asked were {wanted.maximum}, or fewer up to one that ends the text",
        next_step="Install the same version of edgesdk on both machines",
        code=41,
    )


def _count(usage: Usage, begun: float, chosen: float) -> None:
    """One more token; the time that the first one's choice takes belongs to no rate."""
    now = time.perf_counter()
    usage.written += 1
    if usage.first_seconds is None:
        usage.first_seconds = now - begun
    else:
        usage.decode_seconds += now - chosen


def _choice(token: int, logits: Logits, count: int | None) -> Choice:
    if count is None:
        return Choice(token)
    told = log_probabilities(logits)
    best = likeliest(logits, min(count, len(logits)))
    ranked = sorted(((int(t), float(told[t])) for t in best), key=lambda pair: -pair[1])
    return Choice(token, float(told[token]), tuple(ranked))


def _window(how: Sampling) -> int:
    """How many of the last tokens the repetition penalty looks at."""
    return how.penalty_window if how.repetition_penalty != 1 else 0
