"""The sizes of a decoder, whatever its family: all that a prediction of its speed needs.

``shape_config.py`` reads them from a Hugging Face ``config.json``,
``shape_file.py`` from a file such as those in ``shapes/``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..decoder.config import DecoderConfig
from ..errors import ModelRefused
from ..formats.decoder_checks import (
    LARGEST_CONTEXT,
    LARGEST_HEAD,
    LARGEST_MATRIX,
    LARGEST_VOCABULARY,
    LARGEST_WIDTH,
    MOST_HEADS,
    MOST_LAYERS,
    bad_config,
)

MOST_EXPERTS = 1024  # of a layer; published decoders have at most 512
SHAPES = Path(__file__).parent.parent / "shapes"  # files of models whose sizes come with edgesdk


@dataclass(frozen=True)
class Experts:
    """The feed-forward networks among which a router chooses, in each layer that is not ``dense``.

    ``intermediate``: of one expert. ``shared``: of the expert that every token uses; 0 where there
    is none. ``dense``: layers, counted from 0, that have one plain network instead.
    """

    count: int
    per_token: int
    intermediate: int
    shared: int = 0
    dense: tuple[int, ...] = ()


@dataclass(frozen=True)
class DecoderShape:
    """Sizes, in entries of a vector or as counts; biases and norms do not count.

    ``gated``: whether a feed-forward network has three matrices (gate, up, down) or two (up, down).
    ``intermediate``: of a layer without experts; 0 where there is none. ``tied``: whether the
    embedding is also the head. ``positions``: rows of a learned table of positions. ``parallel``:
    whether feed-forward runs beside attention, on the same inputs. ``window``: positions that some
    or all layers look back at most, in sliding attention; 0 where every layer sees all.
    """

    name: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_size: int
    vocabulary: int
    context: int
    intermediate: int
    gated: bool = True
    tied: bool = False
    experts: Experts | None = None
    positions: int = 0
    parallel: bool = False
    window: int = 0

    @property
    def query_width(self) -> int:
        """Entries of the queries of one token."""
        return self.heads * self.head_size

    @property
    def kv_width(self) -> int:
        """Entries of one token's keys, and of its values."""
        return self.kv_heads * self.head_size

    @property
    def dense_layers(self) -> int:
        """Layers without experts."""
        return len(self.experts.dense) if self.experts else self.layers

    @property
    def parameters(self) -> int:
        """All weights, the embedding included."""
        tables = (1 if self.tied else 2) * self.vocabulary + self.positions
        attention = 2 * self.hidden * (self.query_width + self.kv_width)
        dense = self.dense_layers * self._network(self.intermediate)
        return tables * self.hidden + self.layers * attention + dense + self._routed()

    def _routed(self) -> int:
        """The layers with experts."""
        found = self.experts
        if found is None:
            return 0
        router = self.hidden * (found.count + bool(found.shared))
        networks = found.count * self._network(found.intermediate) + self._network(found.shared)
        return (self.layers - len(found.dense)) * (router + networks)

    def _network(self, intermediate: int) -> int:
        return (3 if self.gated else 2) * self.hidden * intermediate


def shape_of(config: DecoderConfig, name: str) -> DecoderShape:
    """The sizes of a decoder of our own configuration; its feed-forward networks are gated."""
    return DecoderShape(
        name=name,
        layers=config.layers,
        hidden=config.hidden,
        heads=config.heads,
        kv_heads=config.kv_heads,
        head_size=config.head_size,
        vocabulary=config.vocabulary,
        context=config.context,
        intermediate=config.intermediate,
        tied=config.tied,
    )


def check_shape(shape: DecoderShape) -> DecoderShape:
    """The shape, when its sizes can be a decoder's. Raises ``ModelRefused`` (EDGE-02101)."""
    experts = shape.experts or Experts(1, 1, 1)
    caps = (
        ("layers", shape.layers, MOST_LAYERS),
        ("hidden", shape.hidden, LARGEST_WIDTH),
        ("heads", shape.heads, MOST_HEADS),
        ("kv_heads", shape.kv_heads, MOST_HEADS),
        ("head_size", shape.head_size, LARGEST_HEAD),
        ("vocabulary", shape.vocabulary, LARGEST_VOCABULARY),
        ("context", shape.context, LARGEST_CONTEXT),
        ("intermediate", shape.intermediate if shape.dense_layers else 1, LARGEST_WIDTH),
        ("experts", experts.count, MOST_EXPERTS),
        ("experts of a token", experts.per_token, experts.count),
        ("intermediate of an expert", experts.intermediate, LARGEST_WIDTH),
        ("intermediate of the shared expert", experts.shared or 1, LARGEST_WIDTH),
    )
    for field, value, most in caps:
        if not 0 < value <= most:
            raise bad_config(shape.name, f"{field} is {value}, of 1 to {most}")
    return _agreeing(shape)


def _agreeing(shape: DecoderShape) -> DecoderShape:
    """The sizes that depend on one another."""
    if shape.heads % shape.kv_heads:
        raise _bad(shape, f"{shape.heads} heads cannot share {shape.kv_heads} key heads")
    widest = max(shape.vocabulary, shape.intermediate, shape.query_width)
    if shape.hidden * widest > LARGEST_MATRIX:
        raise _bad(shape, f"a matrix of {shape.hidden} by {widest} is larger than any")
    dense = shape.experts.dense if shape.experts else ()
    if list(dense) != sorted(set(dense)) or any(not 0 <= at < shape.layers for at in dense):
        raise _bad(shape, f"its layers without experts are not some of {shape.layers}")
    return shape


def _bad(shape: DecoderShape, why: str) -> ModelRefused:
    return bad_config(shape.name, why)


def shown(value: Any) -> str:
    """A value as a message can have it; lists and objects, which may be deep, by what they are."""
    if isinstance(value, str):
        return repr(value[:40])
    if isinstance(value, (int, float)):
        return str(value)[:40]
    if value is None:
        return "missing"
    return "an object" if isinstance(value, dict) else f"a {type(value).__name__}"
