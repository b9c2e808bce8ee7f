"""XGBoost's JSON models, read without XGBoost: one sum of trees, for yes or no or for a number.

The file is what ``model.save_model("model.json")`` writes, with every version since 1.0. It comes
from outside: all sizes are capped, all numbers checked, and what cannot be read is refused by name.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelRefused
from ..sensing.trees import DecisionTree, Trees, malformed
from .files import read_whole

LARGEST = 64 * 1024 * 1024  # bytes
MOST_TREES = 65_535
MOST_NODES = 1 << 20  # of all trees
MOST_FEATURES = 65_535

# Which objectives there are, and whether the base score stands for a probability.
OBJECTIVES = {
    "binary:logistic": True,
    "reg:logistic": True,
    "reg:squarederror": False,
    "reg:squaredlogerror": False,
    "reg:pseudohubererror": False,
    "reg:absoluteerror": False,
}
_NUMBERS = re.compile(r"\[?([^\[\],]{1,40})\]?")  # since XGBoost 3.1 a list of one
_Object = Mapping[str, Any]


@dataclass(frozen=True)
class BoostedTrees(Trees):
    """A gradient-boosted forest; its answer is a margin, log odds where it is ``logistic``.

    With early stopping ``best_iteration`` is the best round, counted from 0. ``Booster.predict``
    uses all trees nevertheless; the scikit-learn classes those up to it, as ``best()`` has them.
    """

    objective: str = "binary:logistic"
    best_iteration: int | None = None
    trees_a_round: int = 1

    @property
    def logistic(self) -> bool:
        """Whether 1 / (1 + exp(-margin)) is a probability."""
        return OBJECTIVES[self.objective]

    def best(self) -> BoostedTrees:
        """The trees up to the best round, or all where no round is known as the best."""
        if self.best_iteration is None:
            return self
        count = (self.best_iteration + 1) * self.trees_a_round
        return BoostedTrees(
            trees=self.trees[:count],
            features=self.features,
            base=self.base,
            feature_names=self.feature_names,
            objective=self.objective,
            trees_a_round=self.trees_a_round,
        )


def read_xgboost(path: Path | str) -> BoostedTrees:
    """Read an XGBoost model from a file.

    Raises ``ModelRefused`` (EDGE-0291 for a file that is no such model, EDGE-0292 for a binary one,
    EDGE-0293 for a kind of model that is not read, EDGE-0270 for one that is too large) and
    ``UsageError`` (EDGE-0210) when it cannot be opened.
    """
    path = Path(path)
    return parse_xgboost(read_whole(path, LARGEST), path.name)


def parse_xgboost(content: bytes, name: str = "model.json") -> BoostedTrees:
    """The model in the bytes of such a file; raises as ``read_xgboost`` does."""
    if content[:2] == b"{L" or content[:64].lstrip()[:1] != b"{":  # of UBJSON, or of anything
        raise _binary(name)
    try:
        learner = _object(_parsed(content), "learner")
        return _model(learner)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise malformed(f"{name}: {type(error).__name__}: {str(error)[:200]}") from None


def _parsed(content: bytes) -> Any:
    def constant(text: str) -> float:
        raise ValueError(f"{text} is no number that a model can have")

    return json.loads(content, parse_constant=constant)


def _object(value: _Object, key: str) -> _Object:
    inner = value[key]
    if not isinstance(inner, dict):
        raise TypeError(f"{key} is not an object")
    return inner


def _model(learner: _Object) -> BoostedTrees:
    settings = _object(learner, "learner_model_param")
    objective = str(_object(learner, "objective")["name"])
    booster = _object(learner, "gradient_booster")
    _check_kind(str(booster["name"]), objective, settings)
    features = _whole(settings["num_feature"], MOST_FEATURES)
    model = _object(booster, "model")
    trees = _trees(model, features)
    a_round = _whole(_object(model, "gbtree_model_param").get("num_parallel_tree", 1), MOST_TREES)
    return BoostedTrees(
        trees=trees,
        features=features,
        base=_base(settings["base_score"], OBJECTIVES[objective]),
        feature_names=_names(learner.get("feature_names", []), features),
        objective=objective,
        best_iteration=_best(learner.get("attributes", {}), len(trees)),
        trees_a_round=max(1, a_round),
    )


def _check_kind(booster: str, objective: str, settings: _Object) -> None:
    if booster != "gbtree":
        raise _unsupported(f"booster {booster}", "Train it with booster='gbtree'")
    if _whole(settings.get("num_class", 0), MOST_TREES) > 1:
        raise _unsupported(
            f"objective {objective} with {settings['num_class']} classes",
            "Train one binary model for each class",
        )
    if _whole(settings.get("num_target", 1), MOST_TREES) > 1:
        raise _unsupported(f"{settings['num_target']} targets", "Train one model for each target")
    if objective not in OBJECTIVES:
        raise _unsupported(f"objective {objective}", f"It reads {', '.join(OBJECTIVES)}")


def _trees(model: _Object, features: int) -> tuple[DecisionTree, ...]:
    entries = model["trees"]
    if not isinstance(entries, list) or not 0 < len(entries) <= MOST_TREES:
        raise ValueError(f"a model has 1 to {MOST_TREES} trees")
    if any(model.get("tree_info", [])):
        raise _unsupported("trees of several classes or targets", "Train one binary model for each")
    if sum(len(entry["left_children"]) for entry in entries) > MOST_NODES:
        raise ValueError(f"the trees have more than {MOST_NODES} nodes")
    return tuple(_tree(entry, features) for entry in entries)


def _tree(entry: _Object, features: int) -> DecisionTree:
    left = _whole_numbers(entry["left_children"], -1)
    nodes = len(left)
    if _whole(_object(entry, "tree_param").get("size_leaf_vector", 0), MOST_NODES) > 1:
        raise _unsupported("leaves that are vectors", "Use multi_strategy='one_output_per_tree'")
    if any(entry.get("split_type", [])) or any(entry.get("categories_nodes", [])):
        raise _unsupported(
            "splits on categories", "Encode categories as numbers: enable_categorical=False"
        )
    conditions = _floats(entry["split_conditions"], nodes)  # a threshold, or a leaf's value
    return DecisionTree(
        left=left,
        right=_whole_numbers(entry["right_children"], -1, nodes),
        feature=_whole_numbers(entry["split_indices"], 0, nodes),
        threshold=conditions,
        leaf=conditions,
        default_left=_whole_numbers(entry["default_left"], 0, nodes, 1).astype(np.bool_),
        features=features,
    )


def _whole_numbers(
    entries: Any, lowest: int, count: int | None = None, highest: int = 2**31 - 1
) -> NDArray[np.int32]:
    """A list of whole numbers. A node that was pruned has 2^32 - 1 for a feature: as -1."""
    if not isinstance(entries, list) or (count is not None and len(entries) != count):
        raise ValueError("the lists of a tree are not of one length")
    if not all(isinstance(entry, int) for entry in entries):
        raise TypeError("a list of whole numbers has something else")
    entries = [-1 if entry == 2**32 - 1 and lowest == 0 else entry for entry in entries]
    if not all(min(lowest, -1) <= entry <= highest for entry in entries):
        raise ValueError(f"a whole number is not in {lowest}..{highest}")
    return np.array(entries, np.int32)


def _floats(entries: Any, count: int) -> NDArray[np.float32]:
    if not isinstance(entries, list) or len(entries) != count:
        raise ValueError("the lists of a tree are not of one length")
    if not all(isinstance(entry, (int, float)) for entry in entries):
        raise TypeError("a list of numbers has something else")
    with np.errstate(over="ignore"):  # an infinite one is refused with its tree
        return np.array(entries, np.float64).astype(np.float32)


def _whole(value: Any, most: int) -> int:
    """A whole number as XGBoost writes its settings: as text."""
    number = int(value) if isinstance(value, (str, int)) and len(str(value)) < 20 else -1
    if not 0 <= number <= most:
        raise ValueError(f"{str(value)[:40]!r} is not a whole number from 0 to {most}")
    return number


def _base(value: Any, probability: bool) -> float:
    """The margin before the first tree; the file has ``5E-1``, or since 3.1 ``[5E-1]``."""
    found = _NUMBERS.fullmatch(value) if isinstance(value, str) else None
    number = float(found.group(1)) if found else math.nan
    if not math.isfinite(number) or (probability and not 0 < number < 1):
        raise ValueError(f"base_score {str(value)[:40]!r} is no score")
    return math.log(number) - math.log1p(-number) if probability else number


def _names(names: Any, features: int) -> tuple[str, ...]:
    if not isinstance(names, list) or len(names) not in (0, features):
        raise ValueError("feature_names does not have one name for each feature")
    if not all(isinstance(name, str) for name in names):
        raise TypeError("a feature's name is not text")
    return tuple(names)


def _best(attributes: Any, trees: int) -> int | None:
    best = attributes.get("best_iteration") if isinstance(attributes, dict) else None
    return None if best is None else _whole(best, trees - 1)


def _binary(name: str) -> ModelRefused:
    return ModelRefused(
        f"{name} is not an XGBoost model in JSON",
        evidence="it does not begin as JSON text; a .ubj file or a pickle, for example",
        next_step='Save it as JSON: model.save_model("model.json")',
        code=92,
    )


def _unsupported(what: str, next_step: str) -> ModelRefused:
    return ModelRefused(
        f"This kind of XGBoost model is not read: {what}", next_step=next_step, code=93
    )
