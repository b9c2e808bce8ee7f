"""A forest whose score tells how large one of its values is, in 128 levels."""

from __future__ import annotations

from functools import cache

import numpy as np

from edgesdk.sensing.forest import Forest
from edgesdk.sensing.forest_pack import pack
from edgesdk.sensing.trees import DecisionTree, Trees

LEVELS, STEP = 128, 256


def _tree(values: int, looked_at: int) -> DecisionTree:
    """On one value: leaf n where n * STEP <= value < (n + 1) * STEP."""
    nodes: list[tuple[int, int, float, float]] = []  # left, right, threshold, leaf

    def grow(low: int, high: int) -> int:
        node = len(nodes)
        nodes.append((-1, -1, 0.0, float(low)))
        if low < high:
            middle = (low + high + 1) // 2
            nodes[node] = (grow(low, middle - 1), grow(middle, high), middle * STEP, 0.0)
        return node

    grow(0, LEVELS - 1)
    left, right, threshold, leaf = zip(*nodes, strict=True)
    return DecisionTree(
        left=np.array(left, np.int32),
        right=np.array(right, np.int32),
        feature=np.full(len(nodes), looked_at, np.int32),
        threshold=np.array(threshold, np.float32),
        leaf=np.array(leaf, np.float32),
        default_left=np.zeros(len(nodes), np.bool_),
        features=values,
    )


@cache
def level_forest(values: int = 1, fraction_bits: int = 12, looked_at: int = 0) -> Forest:
    """Over so many values, of which it looks at one. Scores have no fraction bits."""
    forest = pack(Trees((_tree(values, looked_at),), values), [fraction_bits] * values)
    assert forest.fraction_bits == 0
    return forest
