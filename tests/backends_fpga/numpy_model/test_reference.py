"""The contract model against the float reference of edgesdk, stage by stage.

The reference differs in the order of sums, in its functions and in the precision of the cache.
With a cache of halves in both, what is left are roundings: they move few codes, by one, and where
no code moves all the stages are the same but for roundings.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgesdk.decoder.reference import Reference
from edgesdk_backends.fpga.numpy_model.engine import NumpyEngine
from tests.decoder.models import random_model

from .compared import compare, with_half_caches
from .layout import Board

TOKENS = np.random.RandomState(11).randint(0, 37, 20).tolist()
ROUNDINGS = 1e-4  # of values of deviation 1; SiLU multiplies small gates' relative errors
HALF_PLACE = 2.0**-9  # what a rounding moves in the cache: the last place of halves from 2 to 4
# int8 rows: the logits' errors have a deviation of about 1/127 of theirs.
HEAD_ROUNDINGS = 0.03
CONFIGS: list[dict[str, Any]] = [
    {},
    {"activation": "relu2", "sub_norms": False, "pairing": "adjacent"},
    {
        "hidden": 48,
        "intermediate": 80,
        "heads": 3,
        "kv_heads": 1,
        "head_size": 32,
        "vocabulary": 50,
    },
    {"hidden": 144, "intermediate": 208, "heads": 8, "head_size": 16, "tied": False},
    {"hidden": 112, "intermediate": 400, "heads": 2, "head_size": 48, "activation": "relu2"},
    {"kv_heads": 4, "sub_norms": False, "half": True, "vocabulary": 37, "theta": 500000.0},
    {"kv_heads": 4, "pairing": "adjacent", "intermediate": 16, "layers": 3},
    {"hidden": 16, "heads": 1, "kv_heads": 1, "intermediate": 48, "layers": 1},
]


def test_few_codes_move_and_nothing_else_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    with_half_caches(monkeypatch)
    found = [
        compare(random_model(seed, **config), TOKENS) for seed, config in enumerate(2 * CONFIGS)
    ]
    moved = [comparison for comparison in found if comparison.moved_codes]
    print(f"{len(moved)} of {len(found)} models, {sum(c.moved_codes for c in moved)} codes")
    assert len(moved) <= len(found) // 4
    for comparison in moved:
        first = comparison.first_moved()
        assert first is not None
        assert np.abs(first).max() == 1
        assert np.count_nonzero(first) <= 3
    for comparison in found:
        if comparison not in moved:
            same_but_for_roundings(comparison)


def same_but_for_roundings(comparison: Any) -> None:
    for name, theirs in comparison.theirs.items():
        if name.endswith((".codes", ".sums")):
            np.testing.assert_array_equal(comparison.mine[name], theirs)
        elif name != "logits":
            atol = HALF_PLACE if ".attention" in name else ROUNDINGS
            np.testing.assert_allclose(comparison.mine[name], theirs, atol=atol, rtol=1e-5)
    logits = comparison.mine["logits"] - comparison.theirs["logits"]
    assert np.abs(logits).max() < HEAD_ROUNDINGS


@pytest.mark.parametrize("index", range(len(CONFIGS)))
def test_a_cache_of_halves_moves_more(index: int) -> None:
    """Against the reference as it is: halves move some codes in the first layer already.

    After two layers of a small random model they have moved the logits by up to a few tenths.
    """
    model = random_model(index, **CONFIGS[index])
    comparison = compare(model, TOKENS)
    first = comparison.first_moved()
    assert first is None or np.abs(first).max() == 1
    assert first is None or np.count_nonzero(first) < first.size / 20
    difference = np.abs(comparison.mine["logits"] - comparison.theirs["logits"])
    assert difference.max() < 0.7
    assert difference.mean() < 0.1


sizes = st.integers(1, 5).map(lambda n: 16 * n)


@settings(max_examples=15)
@given(
    seed=st.integers(0, 10**6),
    hidden=sizes,
    intermediate=sizes,
    head_size=st.sampled_from([16, 32, 48]),
    kv_heads=st.integers(1, 2),
    group=st.integers(1, 3),
    vocabulary=st.integers(1, 40),
    activation=st.sampled_from(["silu", "relu2"]),
    pairing=st.sampled_from(["halves", "adjacent"]),
    sub_norms=st.booleans(),
    tokens=st.integers(1, 12),
)
def test_drawn_shapes_up_to_their_first_attention(
    group: int, kv_heads: int, vocabulary: int, tokens: int, seed: int, **config: Any
) -> None:
    """What comes before the cache of halves is the same but for roundings, whatever the shape."""
    model = random_model(
        seed, heads=kv_heads * group, kv_heads=kv_heads, vocabulary=vocabulary, layers=1, **config
    )
    drawn = np.random.RandomState(seed).randint(0, vocabulary, tokens).tolist()
    comparison = compare(model, drawn)
    names = list(comparison.theirs)
    for name in names[: names.index("layers.0.attention")]:
        atol = 1 if name.endswith(".codes") else ROUNDINGS
        if not name.endswith(".sums") and not comparison.moved["layers.0.query.codes"].any():
            np.testing.assert_allclose(comparison.mine[name], comparison.theirs[name], atol=atol)
    np.testing.assert_allclose(
        comparison.mine["layers.0.attention"], comparison.theirs["layers.0.attention"], atol=0.02
    )


def test_the_stages_in_the_layer_below_the_cache_are_the_references() -> None:
    """A model of one position has no attention but its own value: the softmax is 1."""
    model = random_model(5, layers=1, context=1)
    comparison = compare(model, [3])
    value = comparison.mine["layers.0.value"].astype(np.float16).astype(np.float32)
    heads = value.reshape(1, model.config.kv_heads, 1, -1)
    expected = np.repeat(heads, 2, axis=2).reshape(1, -1)
    np.testing.assert_allclose(comparison.mine["layers.0.attention"], expected, rtol=3e-7)


def test_the_head_alone_is_close_to_the_float_head() -> None:
    """Of its own output, so that nothing but the rows' and the codes' rounding is in it."""
    model = random_model(9, hidden=256, heads=4, vocabulary=300)
    board = Board(model)
    logits = board.forward(NumpyEngine(), TOKENS)
    expected = board.states(len(TOKENS)) @ model.weights.embedding().T
    assert np.abs(logits - expected).max() < HEAD_ROUNDINGS
    assert np.abs(logits - expected).std() < expected.std() / 127
    reference = Reference(model).prefill(TOKENS, every=True)
    assert reference.shape == logits.shape
