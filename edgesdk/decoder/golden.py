"""Golden vectors of a decoder: prompts, and the tokens that must follow.

The engine proposes a greedy continuation, token by token; the numpy reference then reads prompt and
continuation in one pass. Where it finds each token the likeliest one, the answers are its own, at
the price of one pass instead of one for each token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..backend import Answers, Arrays
from ..bundle import Tolerance
from ..errors import InternalFault, MissingExtra
from .reference import Reference
from .session import DecoderSession, Logits
from .tokenizer import load
from .weights import DecoderModel, Floats, Layer, Vocabulary

EXECUTOR = "the numpy reference"
PROMPTS = ("Once upon a time", "The capital of France is", "In the beginning", "He said that")
SEED = 20210322
RANDOM_TOKENS = 8  # of a prompt that is drawn
CANDIDATES = 4  # drawn for each vector wanted

# All in standard deviations of the logits. Two right implementations add floats in other orders. In
# a ternary layer an int8 code then now and then comes out one step apart, and what follows may
# amplify that, in weights that nobody trained up to another answer. How far, the reference tells of
# itself: a pass with every norm disturbed by so little that only roundings notice.
CLEAR_LEAD = 0.5  # of the likeliest token over the next: no noise changes that choice
DISTURBANCE = 3e-5  # relative; sums of float32 in another order differ by about 1e-6
LEAST_NOISE = 0.02  # allowed to any engine; the cache's float16 alone makes 0.001
SELF_NOISE = 4  # times the reference's own
LARGEST_NOISE = 8  # of one logit, over the root mean square of all

Open = Callable[[], DecoderSession]


@dataclass(frozen=True)
class Golden:
    """Draws prompts and answers them for one model.

    ``open_engine`` opens the engine that the device runs, and ``engine`` is its name.
    ``least_noise``: what is allowed to it in any case. ``disturbance``: how coarse its roundings
    are, as a part of an activation. ``advice``: what to try where it disagrees.
    """

    model: DecoderModel
    open_engine: Open
    engine: str
    least_noise: float = LEAST_NOISE
    disturbance: float = DISTURBANCE
    advice: str = "Please report it"

    def samples(self, count: int) -> list[Arrays]:
        """The prompts, of some candidates, whose continuations are decided most clearly."""
        found: list[tuple[float, NDArray[np.int32]]] = []
        with self.open_engine() as session:
            for prompt in self._candidates(count, session):
                found.append((_least_lead(session, prompt), prompt))
                if sum(lead > CLEAR_LEAD for lead, _ in found) == count:
                    break
        found.sort(key=lambda pair: -pair[0])
        return [{"tokens": prompt} for _, prompt in found[:count]]

    def answers(self, samples: Sequence[Arrays]) -> Answers:
        """The continuation of each prompt, by the reference, or by the engine where they differ.

        Raises ``InternalFault`` (EDGE-0140) where they differ by more than noise.
        """
        longest = max(len(sample["tokens"]) for sample in samples)
        with self.open_engine() as session:
            proposed = [session.run(sample)["continuation"] for sample in samples]
            pairs = list(zip(samples, proposed, strict=True))
            room = min(longest + proposed[0].size, self.model.config.context)
            reference = Reference(self.model, room)
            rippled = _Disturbed(self.model, self.disturbance)
            disturbed = Reference(replace(self.model, weights=rippled), room)
            runs, least = (session, reference, disturbed), _least_spread(self.model)
            compared = [_compare(runs, s["tokens"], tokens, least) for s, tokens in pairs]
        noise = max(found.noise for found in compared)
        own_noise = SELF_NOISE * max(found.self_noise for found in compared)
        if not (noise <= self._allowed(own_noise) and all(found.believable for found in compared)):
            raise _disagreement(noise, self.advice)
        outputs = tuple({"continuation": tokens} for tokens in proposed)
        otherwise = sum(found.lag > 0 for found in compared)
        if not otherwise:
            return Answers(outputs, EXECUTOR, Tolerance())
        own = f"{self.engine}, as the device runs it"
        note = (
            f"{EXECUTOR} would continue {otherwise} of {len(samples)} prompts otherwise, where "
            f"roundings decide (its logits are {noise:.2f} standard deviations away, and "
            f"{own_noise / SELF_NOISE:.2f} from themselves with a disturbance of "
            f"{self.disturbance:g}): golden vectors are from {own}"
        )
        return Answers(outputs, own, Tolerance(), (note,))

    def _allowed(self, own_noise: float) -> float:
        """The noise of all logits; of one token's, the one there is, what one of many may have."""
        alone = self.model.config.vocabulary == 1
        return (self.least_noise + own_noise) * (LARGEST_NOISE if alone else 1)

    def _candidates(self, count: int, session: DecoderSession) -> Iterator[NDArray[np.int32]]:
        yield from self._texts(_room(session))
        generator = np.random.Generator(np.random.PCG64(SEED))
        length = min(RANDOM_TOKENS, _room(session))
        for _ in range(CANDIDATES * count):
            yield generator.integers(0, session.vocabulary, length, dtype=np.int32)

    def _texts(self, room: int) -> Iterator[NDArray[np.int32]]:
        vocabulary: Vocabulary | None = self.model.vocabulary
        if vocabulary is None:
            return
        try:
            tokenizer = load(vocabulary)
        except MissingExtra:
            return
        for text in PROMPTS:
            tokens = np.array(tokenizer.encode(text), dtype=np.int32)
            if len(tokens) <= room:
                yield tokens


@dataclass(frozen=True)
class _Compared:
    """The engine against the reference on one continuation, in deviations of the logits.

    ``self_noise``: of the disturbed reference. ``lag``: how far a token of the engine's lies behind
    the reference's own, at most.
    """

    noise: float
    self_noise: float
    lag: float

    @property
    def believable(self) -> bool:
        """Whether noise explains the tokens that the reference would not choose."""
        return self.lag <= LARGEST_NOISE * self.noise


def _room(session: DecoderSession) -> int:
    """The tokens that a prompt can have."""
    [continuation] = session.outputs[0].shape
    return session.context - int(continuation) + 1


def _least_lead(session: DecoderSession, prompt: NDArray[np.int32]) -> float:
    """How clearly the least clear token of a continuation is chosen."""
    tokens = session.run({"tokens": prompt})["continuation"]
    logits = logits_of(session, prompt, tokens)
    best = np.sort(logits, axis=1)[:, -2:]
    return float((best[:, -1] - best[:, 0]).min()) / spread(logits)


def _compare(
    runs: tuple[DecoderSession, Reference, Reference],
    prompt: NDArray[np.int32],
    continuation: NDArray[np.int32],
    least: float,
) -> _Compared:
    ours, theirs, others = (logits_of(run, prompt, continuation) for run in runs)
    unit = max(spread(theirs), least)
    chosen = np.take_along_axis(theirs, continuation[:, None].astype(np.int64), axis=1)[:, 0]
    lag = float((theirs.max(axis=1) - chosen).max())
    return _Compared(_apart(ours, theirs) / unit, _apart(others, theirs) / unit, lag / unit)


def _apart(one: Logits, other: Logits) -> float:
    """The root mean square of the difference, at the token where it is largest."""
    return float(np.sqrt(np.square(one - other).mean(axis=1)).max())


class _Disturbed:
    """Weights whose norms are changed by so small a part."""

    def __init__(self, model: DecoderModel, part: float) -> None:
        self._weights, self._part = model.weights, part
        self._generator = np.random.Generator(np.random.PCG64(SEED))

    def embedding(self) -> NDArray[Any]:
        return self._weights.embedding()

    def layer(self, index: int) -> Layer:
        layer = self._weights.layer(index)
        return replace(
            layer,
            attention_norm=self._rippled(layer.attention_norm),
            ffn_norm=self._rippled(layer.ffn_norm),
        )

    def final_norm(self) -> Floats:
        return self._weights.final_norm()

    def head(self) -> NDArray[Any] | None:
        return self._weights.head()

    def _rippled(self, norm: Floats) -> Floats:
        ripple = self._generator.uniform(1 - self._part, 1 + self._part, norm.shape)
        return norm * ripple.astype(np.float32)


def logits_of(
    session: DecoderSession | Reference,
    prompt: NDArray[np.int32],
    continuation: NDArray[np.int32],
) -> Logits:
    """Of each token of the continuation, float32 [tokens, vocabulary], in one pass."""
    session.rewind(0)
    return session.prefill([*prompt, *continuation[:-1]], every=True)[len(prompt) - 1 :]


def spread(logits: NDArray[np.floating[Any]]) -> float:
    """The logits' standard deviation; where they hardly differ, a hundredth of their size."""
    return max(float(logits.std()), 0.01 * float(np.abs(logits).max()), 1e-30)


def _least_spread(model: DecoderModel) -> float:
    """For a vocabulary of one token, whose logits tell no spread: that of rows of its row's size.

    A normed state is as long as the norm's weights, and a row lies across it by chance.
    """
    if model.config.vocabulary > 1:
        return 0.0
    head = model.weights.head()
    row = np.asarray((model.weights.embedding() if head is None else head)[0], np.float64)
    return float(np.linalg.norm(row) * np.sqrt(np.square(model.weights.final_norm()).mean()))


def _disagreement(noise: float, advice: str) -> InternalFault:
    return InternalFault(
        "The engine and the numpy reference disagree about this model",
        evidence=f"their logits are {noise:.2f} standard deviations apart",
        next_step=advice,
        code=40,
    )
