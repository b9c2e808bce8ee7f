"""Packed forests, run by the device's C: the leaves that XGBoost ends in, and the proof of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import xgboost
from numpy.typing import NDArray

from edgesdk import EdgeError
from edgesdk.formats.xgboost import BoostedTrees, parse_xgboost
from edgesdk.sensing.forest import Forest
from edgesdk.sensing.forest_pack import error_bound, pack
from edgesdk.sensing.forest_proof import prove
from edgesdk.sensing.trees import Trees
from tests.sensing.forest.models import (
    BITS,
    as_floats,
    chain,
    content_of,
    drawn_tree,
    drawn_values,
    labels_of,
    trained,
)

VALUES = drawn_values(1000)


def summed(
    booster: xgboost.Booster, model: BoostedTrees, values: NDArray[np.int32], bits: int
) -> NDArray[np.int64]:
    """The scores, from the leaves that XGBoost itself ends in."""
    ends = booster.predict(xgboost.DMatrix(as_floats(values)), pred_leaf=True, strict_shape=True)
    ends = ends.reshape(len(values), -1).astype(int)
    total = np.full(len(values), round(model.base * 2**bits))
    for number, tree in enumerate(model.trees):
        leaves = np.rint(np.ldexp(tree.leaf[ends[:, number]].astype(np.float64), bits))
        total += leaves.astype(np.int64)
    return total


@pytest.mark.parametrize("method", ["hist", "exact"])
@pytest.mark.parametrize("depth", [1, 4, 9])
def test_scores_are_sums_of_the_leaves_of_xgboost(method: str, depth: int) -> None:
    booster = trained(VALUES, tree_method=method, max_depth=depth)
    model = parse_xgboost(content_of(booster))
    forest = pack(model, BITS, VALUES)
    scores = forest.scores(VALUES)
    assert (scores == summed(booster, model, VALUES, forest.fraction_bits)).all()
    expected = booster.predict(xgboost.DMatrix(as_floats(VALUES)), output_margin=True)
    error = np.abs(forest.margins(VALUES) - expected).max()
    assert error < error_bound(model) + 1e-6 * len(model.trees)


def test_scores_of_a_regression_with_a_large_base() -> None:
    target = 1e5 + labels_of(VALUES) + VALUES[:, 3] / VALUES[:, 3].std()
    booster = trained(VALUES, target, objective="reg:squarederror", base_score=1e5)
    model = parse_xgboost(content_of(booster))
    forest = pack(model, BITS, VALUES)
    assert forest.fraction_bits == 13  # 1e5 has 17 bits before the point, of 30
    assert (forest.scores(VALUES) == summed(booster, model, VALUES, 13)).all()


def test_the_proof_counts_every_decision() -> None:
    model = parse_xgboost(content_of(trained(VALUES)))
    forest = pack(model, BITS, VALUES)
    proof = prove(forest, model, VALUES, BITS)
    splits = sum(len(tree.splits) for tree in model.trees)
    assert (proof.rows, proof.splits) == (1000, splits)
    assert proof.decisions == 1000 * splits > 100_000
    assert 0 < proof.largest_error <= proof.bound == 21 * 2.0 ** -(forest.fraction_bits + 1)


def differs(forest: Forest, model: Trees, values: NDArray[np.int32], bits: Any = BITS) -> str:
    with pytest.raises(EdgeError) as caught:
        prove(forest, model, values, bits)
    assert caught.value.id == "EDGE-0986"
    return caught.value.evidence


def test_the_proof_finds_values_that_go_elsewhere() -> None:
    """Packed for some rows, proven on those just below a threshold."""
    model = parse_xgboost(content_of(trained(VALUES)))
    feature = int(VALUES.std(axis=0).argmax())  # more than 16 bits, and less than 24
    cuts = np.concatenate([tree.threshold[tree.splits] for tree in model.trees])
    cuts = cuts[np.concatenate([tree.feature[tree.splits] for tree in model.trees]) == feature]
    near = VALUES[: len(cuts)].copy()
    near[:, feature] = np.ceil(np.ldexp(cuts.astype(np.float64), BITS[feature])) - 1
    seen = np.concatenate([VALUES, near])
    assert prove(pack(model, BITS, seen), model, seen, BITS).rows == 1000 + len(cuts)
    assert f"feature {feature}" in differs(pack(model, BITS, VALUES), model, near)


def test_the_proof_finds_a_changed_number() -> None:
    model = Trees((drawn_tree(1, 1), drawn_tree(6, 2)), 3)
    values = np.arange(-60, 60, dtype=np.int32).repeat(3).reshape(-1, 3)
    forest = pack(model, (0, 0, 0), values)
    last = bytearray(forest.content)
    last[-2] ^= 2  # a leaf
    assert "tree 1 is another" in differs(Forest(bytes(last), 3), model, values, (0, 0, 0))
    codes = int(np.frombuffer(forest.content, "<u2")[5])
    number = 24 + 8 * codes + 4  # what the first split compares with
    moved = bytearray(forest.content)
    moved[number] ^= 1
    assert "the threshold" in differs(Forest(bytes(moved), 3), model, values, (0, 0, 0))
    based = bytearray(forest.content)
    based[16] ^= 4
    assert "a score" in differs(Forest(bytes(based), 3), model, values, (0, 0, 0))
    assert "2 trees" in differs(forest, Trees(model.trees[:1], 3), values, (0, 0, 0))


@pytest.mark.parametrize("splits", [0, 1, 2, 7, 300, 3000])
@pytest.mark.parametrize("features", [1, 60, 250])
def test_drawn_trees_of_any_size(splits: int, features: int) -> None:
    """Up to the form with three halfwords a split; integers, so without rounding."""
    trees = drawn_tree(splits, 5, features), drawn_tree(3, 6, features)
    model = Trees(trees, features, base=-7.0)
    values = np.random.default_rng(1).integers(-60, 60, (300, features)).astype(np.int32)
    forest = pack(model, [0] * features, values)
    assert (forest.scores(values) == model.margins(values.astype(np.float64))).all()
    assert forest.fraction_bits == 0
    assert prove(forest, model, values, [0] * features).bound == 0.0


@pytest.mark.parametrize("turns", ["l" * 64, "r" * 5000, "lr" * 63])
def test_deep_trees(turns: str) -> None:
    model = Trees((chain(turns),), 3)
    values = np.random.default_rng(1).integers(-60, 60, (300, 3)).astype(np.int32)
    forest = pack(model, (0, 0, 0), values)
    assert (forest.scores(values) == model.margins(values.astype(np.float64))).all()


def test_values_at_the_ends_of_32_bits() -> None:
    """No threshold is too far away, and no difference overflows."""
    at = [-(2.0**31), -(2.0**31) + 256, -1.0, 0.0, 1.0, 2.0**31 - 128, 2.0**31, 1e30, -1e30]
    base = drawn_tree(len(at), 3, features=1)
    threshold = base.threshold.copy()
    threshold[base.splits] = at
    model = Trees((replace(base, threshold=threshold),), 1)
    ends = [-(2**31), -(2**31) + 255, -(2**31) + 256, -2, -1, 0, 1, 2, 2**31 - 128, 2**31 - 1]
    values = np.array(ends, np.int64).astype(np.int32)[:, None]
    forest = pack(model, (0,), values)
    assert prove(forest, model, values, (0,)).decisions == 90


def size_of_arrays(model: Trees) -> int:
    """Bytes of arrays that are padded to the largest tree: of a split two children of two int16, a
    float threshold and a feature's number; of a leaf a float."""
    splits = max(len(tree.splits) for tree in model.trees)
    return len(model.trees) * (splits * (8 + 4 + 1) + (splits + 1) * 4)


@pytest.mark.parametrize("depth", [4, 6, 9])
def test_a_third_of_padded_arrays(depth: int) -> None:
    model = parse_xgboost(content_of(trained(VALUES, max_depth=depth, rounds=100)))
    forest = pack(model, BITS, VALUES)
    splits = sum(len(tree.splits) for tree in model.trees)
    assert len(forest.content) <= 6 * splits + 4 * 100 + 24 + 8 * 64
    assert len(forest.content) < size_of_arrays(model) / 3


def test_values_of_another_shape_are_refused() -> None:
    forest = pack(Trees((drawn_tree(1, 1),), 3), (0, 0, 0))
    for wrong in (np.zeros((4, 2), np.int32), np.zeros(3, np.int32), np.zeros((4, 3), np.int64)):
        with pytest.raises(EdgeError) as caught:
            forest.scores(wrong)  # type: ignore[arg-type]
        assert caught.value.id == "EDGE-0296"


@pytest.mark.parametrize("bits", [(0, 0), (0, 0, 32), (0, 0, -1)])
def test_fraction_bits_that_are_none_are_refused(bits: tuple[int, ...]) -> None:
    with pytest.raises(EdgeError) as caught:
        pack(Trees((drawn_tree(1, 1),), 3), bits)
    assert caught.value.id == "EDGE-0296"


def scaled(tree: Any, factor: float) -> Any:
    return replace(tree, leaf=tree.leaf * np.float32(factor))


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (Trees((chain("l" * 65),), 3), "65 turns to the left"),
        (Trees((chain("r" * 65_536),), 3), "65536 splits"),
        (Trees((drawn_tree(1, 1),) * 65_536, 3), "65536 trees"),
        (Trees((drawn_tree(1, 1, 65_536),), 65_536), "65536 features"),
        (Trees((scaled(drawn_tree(6, 1), 1e6),), 3), "leaves reach"),
        (Trees((drawn_tree(1, 1),), 3, base=2.0**31), "base score"),
        (Trees((drawn_tree(3000, 1, 257),), 257), "codes"),
    ],
)
def test_no_room(model: Trees, why: str) -> None:
    with pytest.raises(EdgeError) as caught:
        pack(model, [0] * model.features)
    assert caught.value.id == "EDGE-0985"
    assert why in caught.value.evidence
