"""Attention against the contract model to the bit, alone and in chunks."""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk.decoder import reference_arithmetic
from edgesdk_backends.fpga.numpy_model import floats, layers
from tests.backends_fpga.units.numbers import same
from tests.backends_fpga.units.parts import Floats, Parts, Shape

SHAPES = [
    Shape(heads=1, kv_heads=1, head_size=16, context=40),
    Shape(heads=8, kv_heads=4, head_size=32, context=48, layer_words=6),
    Shape(heads=6, kv_heads=2, head_size=48, context=24),  # an odd number of steps and members
    Shape(heads=4, kv_heads=4, head_size=96, context=32),
    Shape(heads=20, kv_heads=5, head_size=128, context=20),
    Shape(heads=20, kv_heads=1, head_size=16, context=20),  # a group of three passes
]
# A token alone is served two key heads at once: an odd number of them, and rows in several turns.
ODD = Shape(heads=3, kv_heads=3, head_size=128, context=40)


class Case:
    """A sequence that fills the context."""

    def __init__(self, shape: Shape, seed: int = 0, spread: float = 1.0) -> None:
        self.shape = shape
        random = np.random.default_rng(seed)
        stored = shape.context, shape.kv_heads * shape.head_size
        self.query = self._draw(random, (shape.context, shape.width), spread)
        self.keys = self._draw(random, stored, 1.0)
        self.values = self._draw(random, stored, 1.0)

    @staticmethod
    def _draw(random: np.random.Generator, size: tuple[int, ...], spread: float) -> Floats:
        return (random.standard_normal(size) * spread).astype(np.float32)

    def heads_of(self, stored: Floats, seen: int) -> Floats:
        """As they are in the cache: [kv_heads, seen, head_size]."""
        halves = floats.from_half(floats.to_half(stored[:seen]))
        split = halves.reshape(seen, self.shape.kv_heads, self.shape.head_size)
        return np.ascontiguousarray(split.swapaxes(0, 1))

    def run(self, parts: Parts, chunks: list[int]) -> Floats:
        """Call after call, as the decoder does."""
        cache = self.shape.cache()
        outputs, start = [], 0
        for tokens in chunks:
            part = slice(start, start + tokens)
            parts.store_rows(self.keys[part], self.shape, start, cache[:2])
            parts.store_rows(self.values[part], self.shape, start, cache[2:])
            outputs.append(parts.attention(self.query[part].copy(), self.shape, start, cache))
            start += tokens
        return np.concatenate(outputs)

    def expected(self, seen: int) -> Floats:
        heads = self.query[:seen].reshape(seen, self.shape.heads, self.shape.head_size)
        mixed = layers.attend(
            heads, self.heads_of(self.keys, seen), self.heads_of(self.values, seen)
        )
        return mixed.reshape(seen, -1)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_equal_to_the_contract(parts: Parts, shape: Shape) -> None:
    case = Case(shape, spread=0.3)
    chunks = [8] * (shape.context // 8) + [1] * (shape.context % 8)
    assert same(case.run(parts, chunks), case.expected(shape.context))


@pytest.mark.parametrize("chunks", [[1] * 24, [3, 5, 8, 8], [8, 8, 7, 1], [2] * 12])
def test_what_a_token_gets_does_not_depend_on_its_neighbours(
    parts: Parts, chunks: list[int]
) -> None:
    case = Case(SHAPES[2], seed=1)
    assert same(case.run(parts, chunks), case.expected(24))


def test_tokens_alone(parts: Parts) -> None:
    case = Case(ODD, seed=5)
    assert same(case.run(parts, [8] * 4 + [1] * 8), case.expected(40))


def test_large_scores(parts: Parts) -> None:
    """Where the largest score changes often, and most weights are too small to count."""
    case = Case(SHAPES[1], seed=2, spread=40.0)
    assert same(case.run(parts, [8] * 6), case.expected(48))


def test_near_the_exact_softmax(parts: Parts) -> None:
    case = Case(SHAPES[3], seed=3, spread=0.2)
    shape = case.shape
    found = case.run(parts, [8] * 4)[-1].reshape(shape.heads, shape.head_size)
    query = case.query[-1].reshape(shape.kv_heads, -1, shape.head_size)
    unscaled = query * np.float32(shape.head_size**0.5)  # the reference scales by itself
    keys, values = case.heads_of(case.keys, 32), case.heads_of(case.values, 32)
    close = reference_arithmetic.attend(unscaled, keys, values).reshape(found.shape)
    np.testing.assert_allclose(found, close, rtol=2e-5, atol=2e-6)


def test_rows_lie_where_the_format_says(parts: Parts) -> None:
    """[kv_heads][context][head_size / 2]: the first half of the dimensions in the first array."""
    shape = Shape(heads=6, kv_heads=3, head_size=48, context=10, layer_words=5)
    x = np.random.default_rng(4).standard_normal((4, 3 * 48)).astype(np.float32)
    x[0, 0], x[1, 1] = 1e6, -1e-7  # saturates; is a subnormal half
    low, high = shape.cache()[:2]
    parts.store_rows(x, shape, 5, [low, high])
    split = floats.to_half(x).view(np.uint16).reshape(4, 3, 2, 24)
    for array, half in ((low, 0), (high, 1)):
        found = array[8 * 5 :].reshape(3, 10, 24)
        assert (found[:, 5:9] == split[:, :, half].swapaxes(0, 1)).all()
        assert (found[:, :5] == 0xFFFF).all()
        assert (found[:, 9:] == 0xFFFF).all()
        assert (array[: 8 * 5] == 0xFFFF).all()


def lowered(shape: Shape) -> Case:
    """Whose scores are all far below the least half."""
    case = Case(shape, seed=6)
    case.query, case.keys = -np.abs(case.query) * np.float32(1000), np.abs(case.keys)
    case.keys += np.float32(100)
    return case


@pytest.mark.parametrize("shape", [SHAPES[1], ODD], ids=str)
def test_scores_may_be_any_floats(parts: Parts, shape: Shape) -> None:
    case = lowered(shape)
    heads = case.query.reshape(shape.context, shape.heads, shape.head_size)
    group = shape.heads // shape.kv_heads
    keys = np.repeat(case.heads_of(case.keys, shape.context), group, axis=0)
    assert np.einsum("phd,htd->pht", heads, keys).max() < -65504
    chunks = [8] * (shape.context // 8 - 1) + [1] * 8
    found = case.run(parts, chunks)
    assert same(found, case.expected(shape.context))
    values = case.heads_of(case.values, shape.context)
    alone = np.repeat(values[:, 0], group, axis=0).ravel()
    np.testing.assert_allclose(found[0], alone, rtol=1e-6)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("array", ["query", "keys", "values"])
@pytest.mark.parametrize("row", [0, 5])
def test_what_is_not_finite_is_seen_by_all_that_look_at_it(
    parts: Parts, array: str, row: int, value: float
) -> None:
    """Its own token where it is a query; that and the later ones where it lies in the cache."""
    shape = SHAPES[1]
    case = Case(shape, seed=7)
    getattr(case, array)[row, 0] = value
    finite = np.isfinite(case.run(parts, [3, 5, *[1] * 4])).reshape(12, shape.heads, -1)
    assert bool(parts.fault()) == (parts.name == "checked")
    with np.errstate(invalid="ignore"):
        assert (np.isfinite(case.expected(12)).reshape(finite.shape) == finite).all()
    assert finite[:row].all()
    assert not finite[row, 0, 0]
    assert finite[row + 1 :].all() == (array == "query")
    assert not finite[row:, 0, 0].any() or array == "query"
