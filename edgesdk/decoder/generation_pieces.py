"""What goes into a generation and what comes out of it: settings, pieces, usage."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import UsageError
from .sampling import Sampling

# Why a generation ended: the model or a stop string ended it, it has the tokens that were asked
# for, or the context is full.
STOP, LENGTH, CONTEXT = "stop", "length", "context"
MOST_ALTERNATIVES = 64


@dataclass(frozen=True)
class Settings:
    """What is to be generated.

    ``maximum``: tokens; None for as many as the context has room for, which also bounds a number.
    ``stops``: strings before which the text ends. ``stop_tokens``: end at the tokens that the
    tokenizer names. ``top``: how many of the likeliest tokens to tell of in each piece; 0 tells the
    probability of the chosen one only, None tells nothing.
    """

    maximum: int | None = None
    sampling: Sampling = field(default_factory=Sampling)
    stops: tuple[str, ...] = ()
    stop_tokens: bool = True
    top: int | None = None

    def __post_init__(self) -> None:
        if self.maximum is not None and self.maximum < 1:
            raise UsageError("The maximum of tokens is less than 1", code=145)
        check_top(self.top)


def check_top(count: int | None) -> None:
    """Refuse to tell of so many tokens a place. Raises ``UsageError`` (EDGE-02145)."""
    if count is not None and not 0 <= count <= MOST_ALTERNATIVES:
        raise UsageError(
            f"Probabilities are told of 0 to {MOST_ALTERNATIVES} tokens a place",
            evidence=f"asked for: {count}",
            code=145,
        )


@dataclass(frozen=True)
class Piece:
    """A token and the text that may be shown since the last one, often empty.

    The last piece has no token: it has ``finish``, and the text that was kept back until then.
    ``logprob`` and ``top`` (token, its logarithm; the likeliest first) are natural logarithms of
    the model's own probabilities, before any setting of the sampling. ``offset``: characters of the
    text before this token, those among them that are kept back.
    """

    text: str
    token: int | None = None
    logprob: float | None = None
    top: tuple[tuple[int, float], ...] = ()
    finish: str | None = None
    offset: int = 0


@dataclass
class Usage:
    """Tokens and seconds so far.

    ``prompt``: tokens of the prompt; ``cached``: those among them that were in the cache.
    ``written``: tokens generated, the stop token among them. ``first_seconds``: from the beginning
    until the first of them was chosen; None before. The time that the reader of the pieces
    takes for itself counts nowhere.
    """

    prompt: int = 0
    cached: int = 0
    written: int = 0
    first_seconds: float | None = None
    prefill_seconds: float = 0.0
    decode_seconds: float = 0.0

    @property
    def prefill_rate(self) -> float:
        """Tokens of the prompt that were computed in a second."""
        return _rate(self.prompt - self.cached, self.prefill_seconds)

    @property
    def decode_rate(self) -> float:
        """Tokens a second after the first, which the prefill gave."""
        return _rate(self.written - 1, self.decode_seconds)


def _rate(count: int, seconds: float) -> float:
    return count / seconds if count > 0 and seconds > 0 else 0.0
