"""The XGBoost reader against XGBoost itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost

from edgesdk import EdgeError
from edgesdk.formats.xgboost import BoostedTrees, parse_xgboost, read_xgboost
from tests.sensing.forest.models import as_floats, content_of, drawn_values, labels_of, trained

VALUES = drawn_values(300)
FLOATS = as_floats(VALUES)
TARGET = FLOATS[:, 3] / FLOATS[:, 3].std() + labels_of(VALUES)


def same(model: BoostedTrees, booster: xgboost.Booster, values: Any = FLOATS) -> None:
    """Every row ends in the same leaf of every tree, and the margin is the same."""
    matrix = xgboost.DMatrix(values)
    leaves = booster.predict(matrix, pred_leaf=True, strict_shape=True)
    leaves = leaves.reshape(len(values), -1)
    assert leaves.shape[1] == len(model.trees)
    for number, tree in enumerate(model.trees):
        assert (tree.leaf_nodes(values) == leaves[:, number]).all()
    margins = booster.predict(matrix, output_margin=True)
    largest = float(np.abs(margins).max())
    assert model.margins(values) == pytest.approx(margins, rel=1e-5, abs=2e-6 * largest)


@pytest.mark.parametrize("method", ["hist", "exact", "approx"])
def test_two_classes(method: str) -> None:
    booster = trained(VALUES, tree_method=method)
    model = parse_xgboost(content_of(booster))
    same(model, booster)
    assert model.logistic
    assert model.features == 12


@pytest.mark.parametrize(
    "objective",
    ["reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror", "reg:squaredlogerror"],
)
def test_numbers(objective: str) -> None:
    booster = trained(VALUES, abs(TARGET), objective=objective)
    model = parse_xgboost(content_of(booster))
    same(model, booster)
    assert not model.logistic


def test_shares() -> None:
    booster = trained(VALUES, 1 / (1 + np.exp(-TARGET)), objective="reg:logistic")
    same(parse_xgboost(content_of(booster)), booster)


@pytest.mark.parametrize("base", [0.5, 0.03, 0.9])
def test_given_base_scores(base: float) -> None:
    booster = trained(VALUES, base_score=base)
    model = parse_xgboost(content_of(booster))
    same(model, booster)
    assert model.base == pytest.approx(np.log(base / (1 - base)), rel=1e-6, abs=1e-9)


def test_the_older_spelling_of_the_base_score() -> None:
    """``[5E-1]`` since XGBoost 3.1, ``5E-1`` before."""
    stored = json.loads(content_of(trained(VALUES)))
    settings = stored["learner"]["learner_model_param"]
    written = settings["base_score"]
    assert (written[0], written[-1]) == ("[", "]")
    new = parse_xgboost(json.dumps(stored).encode())
    settings["base_score"] = written[1:-1]
    assert parse_xgboost(json.dumps(stored).encode()).base == new.base


def test_the_older_spelling_of_trees() -> None:
    """XGBoost 1.0 to 1.2 wrote truth values, and knew no categories."""
    booster = trained(VALUES)
    stored = json.loads(content_of(booster))
    stored["learner"].pop("feature_names")
    for tree in stored["learner"]["gradient_booster"]["model"]["trees"]:
        tree["default_left"] = [bool(entry) for entry in tree["default_left"]]
        for key in ("split_type", "categories", "categories_nodes"):
            tree.pop(key)
        tree["tree_param"]["size_leaf_vector"] = "0"
    same(parse_xgboost(json.dumps(stored).encode()), booster)


def test_missing_values_go_where_they_did() -> None:
    holed = FLOATS.copy()
    holed[np.random.default_rng(2).random(holed.shape) < 0.3] = np.nan
    matrix = xgboost.DMatrix(holed, labels_of(VALUES))
    booster = xgboost.train({"objective": "binary:logistic", "nthread": 1}, matrix, 20)
    model = parse_xgboost(content_of(booster))
    assert any(tree.default_left[tree.splits].any() for tree in model.trees)
    assert any((~tree.default_left[tree.splits]).any() for tree in model.trees)
    same(model, booster, holed)


def test_pruned_nodes_are_left_out() -> None:
    booster = trained(VALUES, tree_method="exact", gamma=4.0)
    stored = json.loads(content_of(booster))["learner"]["gradient_booster"]["model"]["trees"]
    assert any(int(tree["tree_param"]["num_deleted"]) for tree in stored)
    same(parse_xgboost(content_of(booster)), booster)


def test_several_trees_a_round_and_the_best_of_them() -> None:
    matrix = xgboost.DMatrix(FLOATS, labels_of(VALUES))
    settings = {"objective": "binary:logistic", "num_parallel_tree": 3, "subsample": 0.5}
    other = xgboost.DMatrix(FLOATS, labels_of(VALUES)[::-1])
    booster = xgboost.train(
        {**settings, "nthread": 1},
        matrix,
        20,
        evals=[(other, "other")],
        early_stopping_rounds=4,
        verbose_eval=False,
    )
    model = parse_xgboost(content_of(booster))
    same(model, booster)
    rounds = booster.best_iteration + 1
    assert model.best_iteration == booster.best_iteration
    assert len(model.best().trees) == 3 * rounds < len(model.trees)
    expected = booster.predict(matrix, output_margin=True, iteration_range=(0, rounds))
    assert model.best().margins(FLOATS) == pytest.approx(expected, rel=1e-5, abs=1e-5)
    assert model.best().best().trees == model.best().trees


def test_names_of_features(tmp_path: Path) -> None:
    names = [f"feature {number}" for number in range(12)]
    matrix = xgboost.DMatrix(FLOATS, labels_of(VALUES), feature_names=names)
    booster = xgboost.train({"objective": "binary:logistic", "nthread": 1}, matrix, 2)
    booster.save_model(tmp_path / "model.json")
    assert read_xgboost(tmp_path / "model.json").feature_names == tuple(names)


def refused(content: bytes) -> EdgeError:
    with pytest.raises(EdgeError) as caught:
        parse_xgboost(content)
    return caught.value


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"booster": "dart", "rate_drop": 0.2}, "dart"),
        ({"booster": "gblinear", "max_depth": None}, "gblinear"),
        ({"objective": "multi:softprob", "num_class": 3}, "multi:softprob with 3 classes"),
        ({"objective": "count:poisson"}, "count:poisson"),
        ({"objective": "rank:pairwise"}, "rank:pairwise"),
        ({"objective": "binary:hinge"}, "binary:hinge"),
        ({"objective": "binary:logitraw"}, "binary:logitraw"),
    ],
)
def test_other_kinds_are_refused_by_name(parameters: dict[str, Any], named: str) -> None:
    parameters = {key: value for key, value in parameters.items() if value is not None}
    settings = {"objective": "binary:logistic", "nthread": 1, **parameters}
    booster = xgboost.train(settings, xgboost.DMatrix(FLOATS, labels_of(VALUES)), 2)
    error = refused(content_of(booster))
    assert error.id == "EDGE-0293"
    assert named in error.what


def test_several_targets_are_refused() -> None:
    targets = np.stack([TARGET, TARGET], axis=1)
    for strategy in ("one_output_per_tree", "multi_output_tree"):
        settings = {"multi_strategy": strategy, "tree_method": "hist", "nthread": 1}
        booster = xgboost.train(settings, xgboost.DMatrix(FLOATS, targets), 2)
        error = refused(content_of(booster))
        assert error.id == "EDGE-0293"
        assert "2 targets" in error.what


def test_categories_are_refused() -> None:
    kinds = np.random.default_rng(0).integers(0, 8, (300, 1)).astype(np.float32)
    matrix = xgboost.DMatrix(kinds, (kinds[:, 0] % 3 == 0), feature_types=["c"])
    settings = {"objective": "binary:logistic", "tree_method": "hist", "nthread": 1}
    error = refused(content_of(xgboost.train(settings, matrix, 3)))
    assert error.id == "EDGE-0293"
    assert "categories" in error.what


def test_binary_models_are_refused_with_the_remedy(tmp_path: Path) -> None:
    booster = trained(VALUES, rounds=2)
    booster.save_model(tmp_path / "model.ubj")
    with pytest.raises(EdgeError) as caught:
        read_xgboost(tmp_path / "model.ubj")
    assert caught.value.id == "EDGE-0292"
    assert caught.value.next_step == 'Save it as JSON: model.save_model("model.json")'
    assert refused(b"").id == refused(b"\x80\x04pickle").id == "EDGE-0292"
