"""Choosing the next token from a model's logits.

The order is llama.cpp's: the repetition penalty, then top-k, top-p, min-p, and the temperature
last, so that a hot temperature does not let tokens in that the model itself finds unlikely.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelRefused, UsageError
from .sampling_filters import likeliest, nucleus, penalised
from .session import Logits

GREATEST_WINDOW = 1 << 20  # tokens
LEAST_PENALTY = 0.01  # far below it logits would become infinite
_BLOCK = 512  # tokens


def _within(name: str, value: float, low: float, high: float, above: bool = False) -> None:
    """Refuse a setting outside low to high, or at low where it must be ``above``."""
    if low <= value <= high and not (above and value == low):  # False for NaN
        return
    raise UsageError(
        f"The setting {name} is out of its range",
        evidence=f"it is {value!r}, and may be {'above ' if above else ''}{low:g} to {high:g}",
        code=145,
    )


@dataclass(frozen=True)
class Sampling:
    """How a token is chosen; by default from the model's own probabilities, unchanged.

    ``temperature``: what logits are divided by; 0 takes the likeliest token (the lowest, of equal
    ones). ``top_k``: only the k likeliest; 0 for all. ``top_p``: only the likeliest that together
    have this probability. ``min_p``: only those with at least this share of the likeliest one's.
    ``repetition_penalty``: the logit of a token among the last ``penalty_window`` ones, prompt
    included, is divided by it if positive, multiplied if negative; 1 for none. ``seed``: the same
    one gives the same choices; None draws one.

    Raises ``UsageError`` (EDGE-02145) for a setting outside its range.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    penalty_window: int = 64
    seed: int | None = None

    def __post_init__(self) -> None:
        _within("temperature", self.temperature, 0, 100)
        _within("top_k", self.top_k, 0, 2**31 - 1)
        _within("top_p", self.top_p, 0, 1, above=True)
        _within("min_p", self.min_p, 0, 1)
        _within("repetition_penalty", self.repetition_penalty, LEAST_PENALTY, 100)
        _within("penalty_window", self.penalty_window, 0, GREATEST_WINDOW)


GREEDY = Sampling(temperature=0.0)


def seed_of(settings: Sampling) -> int:
    """The seed of the settings, or a new one."""
    return secrets.randbits(32) if settings.seed is None else settings.seed


class Sampler:
    """Chooses tokens by settings; ``seed`` is the one that it draws with."""

    def __init__(self, settings: Sampling) -> None:
        self.settings = settings
        self.seed = seed_of(settings)
        # Negative seeds are seeds too: they count from the end of 64 bits.
        self._random = np.random.Generator(np.random.PCG64(self.seed % 2**64))

    def choose(self, logits: Logits, recent: Collection[int] = ()) -> int:
        """The next token, from float32 logits [vocabulary].

        ``recent``: the tokens that the repetition penalty is for, at most ``penalty_window``.
        Raises ``ModelRefused`` (EDGE-02149) for logits that are not numbers.
        """
        how = self.settings
        if how.repetition_penalty != 1.0 and recent:
            logits = penalised(logits, set(recent), how.repetition_penalty)
        token = int(np.argmax(logits))  # the place of a NaN, if there is one
        if not math.isfinite(logits[token]):
            raise _no_numbers(logits)
        if how.temperature == 0:
            return token
        with np.errstate(over="ignore"):  # what is too small for a number has no chance anyway
            return self._draw(logits, logits[token])

    def _draw(self, logits: Logits, peak: np.float32) -> int:
        how = self.settings
        tokens = likeliest(logits, how.top_k) if 0 < how.top_k < len(logits) else None
        kept = (logits if tokens is None else logits[tokens]) - peak
        if how.top_p < 1:
            np.copyto(kept, -np.inf, where=~nucleus(kept, how.top_p))
        if how.min_p > 0:
            np.copyto(kept, -np.inf, where=kept < math.log(how.min_p))
        place = self._place(kept)
        return place if tokens is None else int(tokens[place])

    def _place(self, kept: NDArray[np.float32]) -> int:
        """Draw a place by logits, of which the greatest is 0: first a block, then within it.

        All is done in place: fresh memory for a large vocabulary costs more than the arithmetic.
        """
        kept /= np.float32(max(self.settings.temperature, 1e-6))  # at 1e-6 all but 0 vanish
        weights = np.exp(kept, out=kept)
        sums = np.cumsum(np.add.reduceat(weights, np.arange(0, len(kept), _BLOCK), dtype=float))
        point = self._random.random() * sums[-1]
        block = _reached(sums, point)
        before = sums[block - 1] if block else 0.0
        inside = np.cumsum(weights[block * _BLOCK :][:_BLOCK], dtype=float)
        return block * _BLOCK + _reached(inside, point - before)


def _reached(sums: NDArray[np.float64], point: float) -> int:
    """The first place whose sum is above the point; rounding may put it at the last sum or over."""
    return int(np.searchsorted(sums, min(point, math.nextafter(sums[-1], 0.0)), side="right"))


def log_probabilities(logits: Logits) -> NDArray[np.float64]:
    """Natural logarithms of the model's own probabilities, float64 [..., vocabulary]."""
    wide = logits.astype(np.float64)
    wide -= wide.max(axis=-1, keepdims=True)
    wide -= np.log(np.exp(wide).sum(axis=-1, keepdims=True))
    return wide


def _no_numbers(logits: Logits) -> ModelRefused:
    odd = int(np.argmin(np.isfinite(logits)))
    return ModelRefused(
        "The model answered with logits that are not numbers",
        evidence=f"that of token {odd} is {logits[odd]}",
        next_step="Its weights are damaged: make the bundle again, from a source that is whole",
        code=149,
    )
