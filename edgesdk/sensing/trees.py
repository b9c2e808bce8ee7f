"""Decision trees as importers read them: what every kind of forest has in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelRefused


@dataclass(frozen=True)
class DecisionTree:
    """One binary tree; node 0 is its root, and all arrays have an entry for each node.

    A split sends a value to the left when it is below the threshold, compared in the threshold's
    dtype, and a value that is missing to the left where ``default_left`` says so. ``left`` and
    ``right`` are -1 in a leaf; ``leaf`` counts only there. Raises ``ModelRefused`` (EDGE-0291) for
    what is no tree over so many features; nodes that the root does not lead to count for nothing.
    """

    left: NDArray[np.int32]  # [nodes]
    right: NDArray[np.int32]  # [nodes]
    feature: NDArray[np.int32]  # [nodes]
    threshold: NDArray[np.floating[Any]]  # [nodes]
    leaf: NDArray[np.floating[Any]]  # [nodes]
    default_left: NDArray[np.bool_]  # [nodes]
    features: int
    preorder: tuple[int, ...] = field(init=False)  # the root first, a left child behind its parent

    def __post_init__(self) -> None:
        object.__setattr__(self, "preorder", _preorder(self.left.tolist(), self.right.tolist()))
        feature = self.feature[self.splits]
        if ((feature < 0) | (feature >= self.features)).any():
            raise malformed(f"a split is on a feature that is none of the {self.features}")
        if not np.isfinite([*self.threshold[self.splits], *self.leaf_values]).all():
            raise malformed("a threshold or a leaf is not a finite number")

    @property
    def splits(self) -> NDArray[np.intp]:
        """The nodes that are splits, in preorder."""
        nodes = np.array(self.preorder)
        inner: NDArray[np.intp] = nodes[self.left[nodes] >= 0]
        return inner

    @property
    def leaf_values(self) -> NDArray[np.floating[Any]]:
        """The values of the leaves, in preorder."""
        nodes = np.array(self.preorder)
        values: NDArray[np.floating[Any]] = self.leaf[nodes[self.left[nodes] < 0]]
        return values

    def leaf_nodes(self, values: NDArray[np.floating[Any]]) -> NDArray[np.int32]:
        """values[rows, features] -> the node at which each row ends, [rows]."""
        node = np.zeros(len(values), np.int32)
        rows = np.arange(len(values))
        while (inner := self.left[node] >= 0).any():
            value = values[rows, self.feature[node]].astype(self.threshold.dtype)
            below = np.where(np.isnan(value), self.default_left[node], value < self.threshold[node])
            below = np.where(below, self.left[node], self.right[node])
            node = np.where(inner, below, node)
        return node


@dataclass(frozen=True)
class Trees:
    """A forest: its answer is ``base`` and the sum of one leaf of each tree."""

    trees: tuple[DecisionTree, ...]
    features: int
    base: float = 0.0
    feature_names: tuple[str, ...] = ()  # none, or one for each feature

    def margins(self, values: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """values[rows, features] -> the answers, [rows], summed in float64."""
        total = np.full(len(values), self.base, np.float64)
        for tree in self.trees:
            total += tree.leaf[tree.leaf_nodes(values)]
        return total


def malformed(why: str) -> ModelRefused:
    """The refusal of a forest that contradicts itself (EDGE-0291)."""
    return ModelRefused(
        "The forest is not well-formed",
        evidence=why,
        next_step="Save it again with the library that it was trained with",
        code=91,
    )


def _preorder(left: list[int], right: list[int]) -> tuple[int, ...]:
    """The nodes that the root leads to, each once, or it is no tree."""
    order: list[int] = []
    seen: set[int] = set()
    ahead = [0]
    while ahead:
        node = ahead.pop()
        if not 0 <= node < len(left):
            raise malformed(f"node {node} does not exist: there are {len(left)}")
        if node in seen:
            raise malformed(f"more than one way leads to node {node}")
        seen.add(node)
        order.append(node)
        if (left[node] < 0) != (right[node] < 0):
            raise malformed(f"node {node} has one child")
        if left[node] >= 0:
            ahead += [right[node], left[node]]
    return tuple(order)
