"""Forests to pack: trained by XGBoost, drawn at random, and CoughDet's random forest of votes."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from edgesdk.sensing.forest_codes import HIGHEST, LOWEST
from edgesdk.sensing.trees import DecisionTree, Trees

FEATURES = 12
# From whole numbers to small fractions, as features of a window are.
BITS = (0, 4, 8, 12, 12, 16, 16, 16, 20, 24, 28, 31)
COUGHDET = Path("cough-e/biomedbench-coughdet-55502-w2")


def drawn_values(rows: int, seed: int = 0, features: int = FEATURES) -> NDArray[np.int32]:
    """int32[rows, features], each feature of its own spread."""
    random = np.random.default_rng(seed)
    spread = 2.0 ** random.uniform(6, 27, features)
    return (random.normal(size=(rows, features)) * spread).clip(LOWEST, HIGHEST).astype(np.int32)


def as_floats(values: NDArray[np.int32], bits: tuple[int, ...] = BITS) -> NDArray[np.float32]:
    """What XGBoost is given: fixed-point values in float32."""
    return np.ldexp(values.astype(np.float64), -np.array(bits)).astype(np.float32)


def labels_of(values: NDArray[np.int32], seed: int = 1) -> NDArray[np.int64]:
    """Labels that a forest can learn, but for some noise."""
    z = values / values.std(axis=0)
    noise = np.random.default_rng(seed).normal(size=len(values))
    return (z[:, 0] + z[:, 1] * z[:, 2] + np.sin(3 * z[:, 3]) + 0.5 * noise > 0).astype(np.int64)


def trained(
    values: NDArray[np.int32],
    labels: NDArray[Any] | None = None,
    bits: tuple[int, ...] = BITS,
    rounds: int = 20,
    **parameters: Any,
) -> xgboost.Booster:
    """A booster trained on fixed-point values."""
    labels = labels_of(values) if labels is None else labels
    settings = {"objective": "binary:logistic", "max_depth": 6, "nthread": 1, "seed": 1}
    matrix = xgboost.DMatrix(as_floats(values, bits), labels)
    return xgboost.train({**settings, **parameters}, matrix, rounds)


def content_of(booster: xgboost.Booster) -> bytes:
    """The model file, in JSON."""
    return bytes(booster.save_raw("json"))


def chain(turns: str) -> DecisionTree:
    """A tree along which one may only turn that way: a leaf on the other side of each split."""
    left, right = [], []
    for number, turn in enumerate(turns):
        ahead, aside = 2 * number + 2, 2 * number + 1
        left += [ahead if turn == "l" else aside, -1]
        right += [aside if turn == "l" else ahead, -1]
    return tree([*left, -1], [*right, -1])


def tree(left: list[int], right: list[int], seed: int = 0, features: int = 3) -> DecisionTree:
    """A tree of that shape: thresholds and leaves are small whole numbers."""
    random = np.random.default_rng(seed)
    count = len(left)
    return DecisionTree(
        left=np.array(left, np.int32),
        right=np.array(right, np.int32),
        feature=random.integers(0, features, count).astype(np.int32),
        threshold=random.integers(-50, 50, count).astype(np.float32),
        leaf=random.integers(-50, 50, count).astype(np.float32),
        default_left=np.zeros(count, np.bool_),
        features=features,
    )


def drawn_tree(splits: int, seed: int, features: int = 3) -> DecisionTree:
    """A tree with so many splits, at leaves drawn at random."""
    random = np.random.default_rng(seed)
    left, right, leaves = [-1], [-1], [0]
    for _ in range(splits):
        node = leaves.pop(int(random.integers(len(leaves))))
        left[node], right[node] = len(left), len(left) + 1
        leaves += [len(left), len(left) + 1]
        left += [-1, -1]
        right += [-1, -1]
    return tree(left, right, seed, features)


class CoughDet:
    """The predecessor of Cough-E: 100 trees vote on 40 features, which are standardised first."""

    def __init__(self, data: Path) -> None:
        folder = data / COUGHDET
        with gzip.open(folder / "random_forest_100_trees.json.gz") as file:
            stored = json.load(file)
        self.means, self.stds = np.array(stored["feat_means"]), np.array(stored["feat_stds"])
        self.children = [np.array(entry) for entry in stored["children"]]
        self.weights = [np.array(entry, np.float64) for entry in stored["weights"]]
        self.features = [np.array(entry) for entry in stored["node_features"]]
        self.reference = json.loads((folder / "reference_outputs.json").read_text())
        self.bits = tuple(self._bits(feature) for feature in range(40))

    def _bits(self, feature: int) -> int:
        """As many as leave room for 30 standard deviations."""
        largest = abs(self.means[feature]) + 30 * self.stds[feature]
        return min(31, 30 - math.ceil(math.log2(largest)))

    def fixed_point(self, features: NDArray[np.float64]) -> NDArray[np.int32]:
        """Raw features [rows, 40], not standardised, as a device has them."""
        return np.rint(np.ldexp(features, self.bits)).clip(LOWEST, HIGHEST).astype(np.int32)

    def standardised(self, values: NDArray[np.int32]) -> NDArray[np.float64]:
        """What the original compares with its weights."""
        raw = np.ldexp(values.astype(np.float64), -np.array(self.bits))
        return (raw - self.means) / self.stds

    def votes(self, standardised: NDArray[np.float64]) -> NDArray[np.int64]:
        """Votes for a cough, of each row: a walk along the original's own tables."""
        rows = np.arange(len(standardised))
        total = np.zeros(len(rows), np.int64)
        for children, weights, features in zip(
            self.children, self.weights, self.features, strict=True
        ):
            node = np.zeros(len(rows), np.int64)
            while (inside := node >= 0).any():
                at = np.where(inside, node, 0)
                left = standardised[rows, features[at]] <= weights[at]
                node = np.where(inside, children[at, np.where(left, 0, 1)], node)
            total += node == -2
        return total

    def trees(self) -> Trees:
        """The same as trees over raw features: a leaf is 1 for a cough, -1 for none."""
        trees = map(self._tree, self.children, self.weights, self.features)
        return Trees(tuple(trees), 40)

    def _tree(
        self, children: NDArray[Any], weights: NDArray[np.float64], features: NDArray[Any]
    ) -> DecisionTree:
        count = len(children)
        to = np.where(children < 0, count - 1 - children, children)  # leaves: count, count + 1
        ends, more = [], []  # of the votes, a node for each
        for node, side in zip(*np.nonzero(to >= count), strict=True):
            more.append(2.0 * (to[node, side] - count) - 1.0)
            to[node, side] = count + len(ends)
            ends.append(-1)
        none = np.array(ends, np.int32)
        thresholds = [self._threshold(int(f), w) for f, w in zip(features, weights, strict=True)]
        return DecisionTree(
            left=np.concatenate([to[:, 0], none]).astype(np.int32),
            right=np.concatenate([to[:, 1], none]).astype(np.int32),
            feature=np.concatenate([features, np.zeros(len(ends))]).astype(np.int32),
            threshold=np.array([*thresholds, *np.zeros(len(ends))], np.float64),
            leaf=np.array([*np.zeros(count), *more], np.float64),
            default_left=np.zeros(count + len(ends), np.bool_),
            features=40,
        )

    def _threshold(self, feature: int, weight: float) -> float:
        """The least raw value, of those that fixed point has, which is above the weight."""
        below, above = LOWEST - 1, HIGHEST + 1
        while above - below > 1:
            middle = (below + above) // 2
            raw = math.ldexp(middle, -self.bits[feature])
            if (raw - self.means[feature]) / self.stds[feature] <= weight:
                below = middle
            else:
                above = middle
        return math.ldexp(above, -self.bits[feature])
