"""The work of a decoder, counted: what must be multiplied, and what must be read."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2

from edgesdk.decoder.config import DecoderConfig

HALF = 2  # bytes of a key or value


@dataclass(frozen=True)
class Matrix:
    """One ternary matrix; ``count`` of them in each layer."""

    name: str
    rows: int
    inputs: int
    count: int = 1

    @property
    def weights(self) -> int:
        """In all of them."""
        return self.rows * self.inputs * self.count


def matrices(config: DecoderConfig) -> tuple[Matrix, ...]:
    """The linear layers of one layer."""
    width, kv = config.heads * config.head_size, config.kv_heads * config.head_size
    return (
        Matrix("query", width, config.hidden),
        Matrix("key, value", kv, config.hidden, 2),
        Matrix("output", config.hidden, width),
        Matrix("gate, up", config.intermediate, config.hidden, 2),
        Matrix("down", config.hidden, config.intermediate),
    )


def ternary_weights(config: DecoderConfig) -> int:
    """In all layers."""
    return config.layers * sum(matrix.weights for matrix in matrices(config))


def head_bytes(config: DecoderConfig) -> int:
    """Of the int8 rows, without padding."""
    return config.vocabulary * config.hidden


def cache_bytes(config: DecoderConfig, positions: int) -> int:
    """Keys and values of so many positions, all layers."""
    return 2 * HALF * config.layers * config.kv_heads * config.head_size * positions


def least_bytes(config: DecoderConfig, positions: int) -> float:
    """What any design reads for a token: weights at their entropy of log2(3) bits at the most.

    An int8 head and a half-float cache are what every design here has.
    """
    weights = ternary_weights(config) * log2(3) / 8
    return weights + head_bytes(config) + cache_bytes(config, positions)
