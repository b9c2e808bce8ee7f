"""The work of decoding one token, stage by stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Matrix:
    """A weight matrix [rows, inputs], of which there are ``copies`` (experts; 1 where there are
    none). A token uses ``used`` of the copies."""

    name: str
    rows: int
    inputs: int
    copies: int = 1
    used: int = 1

    @property
    def weights(self) -> int:
        """Of one copy."""
        return self.rows * self.inputs


@dataclass(frozen=True)
class Stage:
    """Matrices that need nothing of each other, and so follow one another without a pause.

    ``after_attention``: whether the stage begins with attention over the cache.
    """

    name: str
    matrices: tuple[Matrix, ...]
    after_attention: bool = False


@dataclass(frozen=True)
class LayerKind:
    """``count`` layers alike."""

    stages: tuple[Stage, ...]
    count: int

    @property
    def matrices(self) -> tuple[Matrix, ...]:
        """Of all stages of one layer."""
        return tuple(matrix for stage in self.stages for matrix in stage.matrices)


@dataclass(frozen=True)
class Workload:
    """A decoder's token.

    ``query_width``: heads * head_size; ``kv_width``: kv_heads * head_size, the elements of a key
    (and of a value) for each position and layer. ``weight_bits`` 8, 4 or 2, ``activation_bytes`` 1
    or 2: of the layers; the head has its own. ``head`` is None where the device does not compute
    logits.
    """

    name: str
    layers: tuple[LayerKind, ...]
    head: Matrix | None
    heads: int
    query_width: int
    kv_width: int
    vocabulary: int
    hidden: int
    weight_bits: int = 8
    activation_bytes: int = 1
    head_bits: int = 8
    head_activation_bytes: int = 1

    @property
    def layer_count(self) -> int:
        """Layers of every kind."""
        return sum(kind.count for kind in self.layers)

    @property
    def stored_weights(self) -> int:
        """All that lies in flash, all experts included."""
        return self._sum(lambda matrix: matrix.weights * matrix.copies)

    @property
    def token_weights(self) -> int:
        """All that one token uses."""
        return self._sum(lambda matrix: matrix.weights * matrix.used)

    @property
    def stored_bytes(self) -> int:
        """Of all weights in flash, without padding."""
        return self._bytes(self.stored_weights)

    @property
    def token_bytes(self) -> int:
        """Of the weights that one token uses, without padding."""
        return self._bytes(self.token_weights)

    def _bytes(self, weights: int) -> int:
        head = self.head.weights if self.head else 0
        return ((weights - head) * self.weight_bits + head * self.head_bits) // 8

    def _sum(self, of: Callable[[Matrix], int]) -> int:
        layers = sum(kind.count * of(matrix) for kind in self.layers for matrix in kind.matrices)
        return layers + (of(self.head) if self.head else 0)
