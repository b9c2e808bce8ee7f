"""What bit errors in a device's memory do to a language model's answers.

A device may have the member of ``ErrorStudy``: it can then open a model as it would be with so many
wrong bits, and a correction of its choice. The model without errors is the measure: how far the
logits move, how many next tokens stay, and how well the model still predicts a text.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .bundle import Bundle
from .decoder.generation_model import tokenizer_of
from .decoder.perplexity import perplexity
from .decoder.session import DecoderSession, Logits
from .decoder.tokenizer import Tokenizer
from .errors import ModelRefused

LOGIT_BYTES = 64 << 20  # of the error-free model, which are kept: that caps the tokens compared
FIRST_PART = 4  # characters a token that a text is tried with first


@runtime_checkable
class Erroneous(Protocol):
    """One model whose memory can be given errors. A context manager.

    ``correction``: the one that the bundle was compiled for. ``corrections``: all that its pages
    have room for.
    """

    correction: str
    corrections: tuple[str, ...]

    def clean(self) -> DecoderSession:
        """The model without any error."""

    def session(self, rate: float, correction: str, seed: int) -> DecoderSession:
        """The model with a share ``rate`` of all bits wrong, then corrected. The same ``seed``
        makes the same cells wrong, and a higher rate only adds to them."""

    def parameters(self, correction: str) -> Mapping[str, str]:
        """What the name of a correction leaves open, for example how many copies it has."""

    def counts(self) -> Mapping[str, int]:
        """What the correction did in the session opened last, by its name."""

    def close(self) -> None:
        """Let go of the model."""

    def __enter__(self) -> Erroneous: ...

    def __exit__(self, *exc: object) -> None: ...


@runtime_checkable
class ErrorStudy(Protocol):
    """A device that knows how its memory fails."""

    def with_errors(self, model: str | Bundle) -> Erroneous:
        """Take an installed model, or a bundle's. Raises as ``Device.open`` does."""


@dataclass(frozen=True)
class Range:
    """The least, the mean and the most over the seeds."""

    low: float
    mean: float
    high: float


@dataclass(frozen=True)
class ErrorRow:
    """The model at one raw bit error rate under one correction.

    ``change``: of the logits, root mean square over the standard deviation of those without errors.
    ``kept``: share of positions whose likeliest token is the same. ``perplexity``: of the text,
    None where there is none, infinite where a token has no probability. ``parameters``: of the
    correction. ``counts``: what it did, the mean over the seeds.
    """

    rate: float
    correction: str
    parameters: Mapping[str, str]
    change: Range
    kept: Range
    perplexity: Range | None
    counts: Mapping[str, float]


@dataclass(frozen=True)
class ErrorTable:
    """All rows, and what they were measured on.

    ``tokens``: positions whose logits were compared. ``perplexity``: without errors.
    """

    rows: tuple[ErrorRow, ...]
    tokens: int
    seeds: int
    scored: int
    perplexity: float | None

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return {"record": "edgesdk-errors", "revision": 1, **asdict(self)}


@dataclass(frozen=True)
class Material:
    """What the model is asked: a text, or tokens where it is None."""

    tokens: Sequence[int]
    text: str | None = None


@dataclass(frozen=True)
class Plan:
    """What to measure: every rate under every correction, with so many seeds."""

    rates: Sequence[float]
    corrections: Sequence[str]
    seeds: int


def study(
    model: Erroneous,
    plan: Plan,
    material: Material,
    tell: Callable[[ErrorRow, int, int], None] = lambda row, done, of: None,
) -> ErrorTable:
    """Measure; ``tell`` is told each row, how many are done, and how many there will be.

    One correction after the other, for which a model writes its pages; the table is by rate.

    Raises ``UsageError`` where the material is nothing to measure, and what the sessions raise.
    """
    with model.clean() as session:
        tokens = _fitting(material.tokens, session)
        clean = session.prefill(tokens, every=True).copy()
        text = None if material.text is None else _Text(tokenizer_of(session), material.text)
        value, scored = _perplexity(session, text) or (None, 0)
    compared = _Compared(model, tokens, clean, clean.argmax(axis=1), _spread(clean), text)
    wanted = [(rate, name) for name in plan.corrections for rate in plan.rates]
    rows = []
    for rate, correction in wanted:
        rows.append(compared.row(rate, correction, plan.seeds))
        tell(rows[-1], len(rows), len(wanted))
    rows.sort(key=lambda row: plan.rates.index(row.rate))  # keeps the order of the corrections
    return ErrorTable(tuple(rows), len(tokens), plan.seeds, scored, value)


def shortened(session: DecoderSession, text: str, most: int) -> Material:
    """The beginning of a text that has at most so many tokens, and those; a character at least,
    of whose tokens the first are taken."""
    tokenizer = tokenizer_of(session)

    def count(length: int) -> int:
        return len(tokenizer.encode(text[:length]))

    enough = FIRST_PART * most  # characters; the rest of a long text is never looked at
    while enough < len(text) and count(enough) <= most:
        enough *= 2
    candidates = range(2, min(enough, len(text)) + 1)
    text = text[: 1 + bisect_right(candidates, most, key=count)]
    return Material(tokenizer.encode(text)[:most], text)


@dataclass(frozen=True)
class _Text:
    """What a model is scored on, and how it becomes tokens."""

    tokenizer: Tokenizer
    text: str


@dataclass(frozen=True)
class _Compared:
    """A model against itself without errors, whose logits are ``clean`` [tokens, vocabulary].

    ``likeliest``: of each of these, the token. ``spread``: their standard deviation.
    """

    model: Erroneous
    tokens: Sequence[int]
    clean: Logits
    likeliest: NDArray[np.int64]
    spread: float
    text: _Text | None

    def row(self, rate: float, correction: str, seeds: int) -> ErrorRow:
        """All seeds of one rate and correction."""
        measured = [self._measured(rate, correction, seed) for seed in range(1, seeds + 1)]
        changes, kept, surprises, counts = zip(*measured, strict=True)
        return ErrorRow(
            rate,
            correction,
            self.model.parameters(correction),
            _range(changes),
            _range(kept),
            None if self.text is None else _range(surprises),
            {name: sum(found[name] for found in counts) / seeds for name in counts[0]},
        )

    def _measured(
        self, rate: float, correction: str, seed: int
    ) -> tuple[float, float, float, Mapping[str, int]]:
        """Change of the logits, share of tokens kept, perplexity, the correction's counts."""
        with self.model.session(rate, correction, seed) as session:
            counts = dict(self.model.counts())
            logits = session.prefill(self.tokens, every=True)
            moved = np.sqrt(np.square(logits - self.clean, dtype=np.float64).mean())
            numbers = ~np.isnan(logits).any(axis=1)  # without them no token is the likeliest
            kept = float((numbers & (logits.argmax(axis=1) == self.likeliest)).mean())
            found = _perplexity(session, self.text)
            return float(moved) / self.spread, kept, found[0] if found else math.nan, counts


def _spread(logits: Logits) -> float:
    return max(float(logits.std()), 1e-30)


def _perplexity(session: DecoderSession, text: _Text | None) -> tuple[float, int] | None:
    """Its value, and how many tokens were scored."""
    if text is None:
        return None
    try:
        found = perplexity(session, text.tokenizer, text.text)
    except ModelRefused:  # errors left a token of the text no probability
        return math.inf, 0
    return found.value, found.scored


def _fitting(tokens: Sequence[int], session: DecoderSession) -> Sequence[int]:
    return tokens[: max(1, min(session.context, LOGIT_BYTES // (4 * session.vocabulary)))]


def _range(values: Sequence[float]) -> Range:
    return Range(float(np.min(values)), float(np.mean(values)), float(np.max(values)))
