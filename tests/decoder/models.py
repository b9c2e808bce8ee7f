"""Decoders drawn from a seed, in memory: a layer is made when it is asked for, so any size will do.

numpy promises that RandomState's numbers never change; golden files rest on that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk.decoder.config import HALVES, SILU, DecoderConfig, rope_frequencies
from edgesdk.decoder.weights import DecoderModel, Dense, Layer, Linear, Ternary, Vocabulary

Floats = NDArray[np.float32]


def random_model(
    seed: int,
    *,
    vocabulary: int = 96,
    hidden: int = 64,
    intermediate: int = 96,
    layers: int = 2,
    heads: int = 4,
    kv_heads: int = 2,
    head_size: int | None = None,
    context: int = 64,
    theta: float = 10000.0,
    norm_epsilon: float = 1e-5,
    activation: str = SILU,
    pairing: str = HALVES,
    sub_norms: bool = True,
    tied: bool = True,
    ternary: bool = True,
    half: bool = False,
    text: Vocabulary | None = None,
) -> DecoderModel:
    """A decoder whose activations are of the size that trained ones have.

    ``ternary``: its layers are BitLinear, else float. ``half``: embedding and head are float16.
    """
    head_size = head_size or hidden // heads
    config = DecoderConfig(
        vocabulary=vocabulary,
        hidden=hidden,
        intermediate=intermediate,
        layers=layers,
        heads=heads,
        kv_heads=kv_heads,
        head_size=head_size,
        context=context,
        frequencies=rope_frequencies(head_size, theta),
        norm_epsilon=norm_epsilon,
        activation=activation,
        pairing=pairing,
        sub_norms=sub_norms,
        tied=tied,
        provenance={"made by": f"tests/decoder/models.py, seed {seed}"},
    )
    return DecoderModel(config, DrawnWeights(config, seed, ternary, half), text)


@dataclass(frozen=True)
class DrawnWeights:
    """Weights that depend on nothing but the seed, the sizes, and which tensor it is."""

    config: DecoderConfig
    seed: int
    ternary: bool
    half: bool

    def embedding(self) -> NDArray[np.float32 | np.float16]:
        return self._table(0)

    def head(self) -> NDArray[np.float32 | np.float16] | None:
        return None if self.config.tied else self._table(1)

    def final_norm(self) -> Floats:
        return _norm(self._random(2), self.config.hidden)

    def layer(self, index: int) -> Layer:
        config, random = self.config, self._random(3 + index)
        hidden, queries = config.hidden, config.heads * config.head_size
        keys, inner = config.kv_heads * config.head_size, config.intermediate
        return Layer(
            attention_norm=_norm(random, hidden),
            query=self._linear(random, queries, hidden),
            key=self._linear(random, keys, hidden),
            value=self._linear(random, keys, hidden),
            attention_sub_norm=_norm(random, queries) if config.sub_norms else None,
            output=self._linear(random, hidden, queries),
            ffn_norm=_norm(random, hidden),
            gate=self._linear(random, inner, hidden),
            up=self._linear(random, inner, hidden),
            ffn_sub_norm=_norm(random, inner) if config.sub_norms else None,
            down=self._linear(random, hidden, inner),
        )

    def _random(self, part: int) -> np.random.RandomState:
        return np.random.RandomState([self.seed, part])

    def _table(self, part: int) -> NDArray[np.float32 | np.float16]:
        shape = self.config.vocabulary, self.config.hidden
        values = _uniform(self._random(part), shape, self.config.hidden**-0.5)
        return values.astype(np.float16 if self.half else np.float32)

    def _linear(self, random: np.random.RandomState, rows: int, depth: int) -> Linear:
        if not self.ternary:
            return Dense(_uniform(random, (rows, depth), depth**-0.5))
        codes = random.randint(-1, 2, (rows, depth), dtype=np.int8)
        spread = (2 / 3) ** 0.5  # the standard deviation of -1, 0 and 1 when all are as frequent
        scale = np.float32(random.uniform(0.7, 1.4) * depth**-0.5 / spread)
        return Ternary(codes, float(scale))


class Changed:
    """Weights of which each layer is changed."""

    def __init__(self, model: DecoderModel, change: Callable[[Layer], Layer]) -> None:
        self._weights, self._change = model.weights, change

    def layer(self, index: int) -> Layer:
        return self._change(self._weights.layer(index))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._weights, name)


def _norm(random: np.random.RandomState, size: int) -> Floats:
    return random.uniform(0.5, 1.5, size).astype(np.float32)


def _uniform(random: np.random.RandomState, shape: tuple[int, int], deviation: float) -> Floats:
    """Uniform, not normal: no logarithm of the machine's library in it."""
    bound = 3**0.5 * deviation
    return random.uniform(-bound, bound, shape).astype(np.float32)
