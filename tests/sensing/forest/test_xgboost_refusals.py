"""XGBoost files that are not what they should be: each ends in a clear error."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgesdk import EdgeError
from edgesdk.formats.xgboost import LARGEST, parse_xgboost, read_xgboost
from tests.sensing.forest.models import content_of, drawn_values, trained

STORED = content_of(trained(drawn_values(100), rounds=3, max_depth=3))


def tree(stored: Any) -> Any:
    return stored["learner"]["gradient_booster"]["model"]["trees"][1]


def put(*path: str, value: object) -> Callable[[Any], None]:
    def change(stored: Any) -> None:
        for key in path[:-1]:
            stored = stored[key]
        stored[path[-1]] = value

    return change


def of_tree(key: str, at: int, value: object) -> Callable[[Any], None]:
    def change(stored: Any) -> None:
        tree(stored)[key][at] = value

    return change


def without(key: str) -> Callable[[Any], None]:
    return lambda stored: tree(stored).pop(key)


def shorter(key: str) -> Callable[[Any], None]:
    return lambda stored: tree(stored)[key].pop()


MODEL = ("learner", "gradient_booster", "model")
SETTINGS = ("learner", "learner_model_param")
CASES = {
    "a cycle": of_tree("left_children", 1, 0),
    "a node below itself": of_tree("left_children", 1, 1),
    "two ways to a node": of_tree("right_children", 0, 1),
    "a child beyond the tree": of_tree("left_children", 0, 10_000),
    "a child before the tree": of_tree("left_children", 0, -2),
    "a child of 2^40": of_tree("left_children", 0, 2**40),
    "a child of 1.5": of_tree("left_children", 0, 1.5),
    "one child": of_tree("right_children", 0, -1),
    "a feature too far": of_tree("split_indices", 0, 12),
    "a feature below 0": of_tree("split_indices", 0, -1),
    "a split on a pruned feature": of_tree("split_indices", 0, 2**32 - 1),
    "a threshold that is not a number": of_tree("split_conditions", 0, float("nan")),
    "an infinite threshold": of_tree("split_conditions", 0, float("inf")),
    "a threshold beyond float32": of_tree("split_conditions", 0, 1e39),
    "a threshold beyond float64": of_tree("split_conditions", 0, 10**400),
    "a threshold of text": of_tree("split_conditions", 0, "1"),
    "a leaf beyond float32": of_tree("split_conditions", -1, -1e39),
    "a default that is neither": of_tree("default_left", 0, 2),
    "no thresholds": without("split_conditions"),
    "no parameters of a tree": without("tree_param"),
    "fewer thresholds": shorter("split_conditions"),
    "fewer children": shorter("right_children"),
    "no trees": put(*MODEL, "trees", value=[]),
    "trees that are none": put(*MODEL, "trees", value=[1, 2]),
    "trees in an object": put(*MODEL, "trees", value={"a": 1}),
    "an empty tree": put(*MODEL, "trees", value=[{"left_children": []}]),
    "a base score of nothing": put(*SETTINGS, "base_score", value="[]"),
    "two base scores": put(*SETTINGS, "base_score", value="[5E-1,5E-1]"),
    "a base score that is not a number": put(*SETTINGS, "base_score", value="nan"),
    "a base score that is no probability": put(*SETTINGS, "base_score", value="1E0"),
    "a base score of the wrong kind": put(*SETTINGS, "base_score", value=0.5),
    "too many features": put(*SETTINGS, "num_feature", value="65536"),
    "features below 0": put(*SETTINGS, "num_feature", value="-1"),
    "a number of features in many digits": put(*SETTINGS, "num_feature", value="9" * 5000),
    "no settings": put(*SETTINGS, value=None),
    "no objective": put("learner", "objective", value={}),
    "no learner": put("learner", value=[]),
    "too few names": put("learner", "feature_names", value=["a"]),
    "names of numbers": put("learner", "feature_names", value=list(range(12))),
    "a best round too far": put("learner", "attributes", value={"best_iteration": "3"}),
}


@pytest.mark.parametrize("change", CASES.values(), ids=CASES.keys())
def test_malformed(change: Callable[[Any], None]) -> None:
    stored = json.loads(STORED)
    change(stored)
    content = json.dumps(stored).encode()
    with pytest.raises(EdgeError) as caught:
        parse_xgboost(content)
    assert caught.value.id == "EDGE-0291"
    assert caught.value.evidence


def test_unchanged_it_is_read() -> None:
    assert len(parse_xgboost(STORED).trees) == 3


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"{}",
        STORED[:-1],
        STORED[: len(STORED) // 2],
        b'{"learner":' * 100_000,
        b'{"learner": "\xff"}',
        b'{"learner": ' + b"9" * 10_000 + b"}",
    ],
)
def test_no_model(content: bytes) -> None:
    with pytest.raises(EdgeError) as caught:
        parse_xgboost(content)
    assert caught.value.id == "EDGE-0291"


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(EdgeError) as caught:
        read_xgboost(path)
    assert caught.value.id == "EDGE-0270"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EdgeError) as caught:
        read_xgboost(tmp_path / "model.json")
    assert caught.value.id == "EDGE-0210"
