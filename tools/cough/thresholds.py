"""Moves a model's thresholds to where a packed forest can compare with them.

A packed forest compares 16-bit codes: a feature's thresholds lie on a grid of 65,533 places at
most (``edgesdk/sensing/forest_codes.py``). With the training set at hand the packer finds codes
that decide as the model does; but whoever compiles the model later has the file alone. So the file
gets thresholds that lie on such a grid already. A threshold moves by half a place or so, which is
less than the training says about where it belongs.

Where values need more than the 24 bits of XGBoost's numbers, neighbours look alike to it, and the
decision falls up to half of its step early. There, thresholds also keep away from the training's
values, and the lowest is a little lower than its place: the packer counts down from it.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgesdk.sensing.forest_codes import least_not_left

from .features import fraction_bits
from .windows import Windows

PLACES = 65_000
_DIGITS = 24  # bits of a float32


def settle(path: Path, windows: Windows) -> None:
    """Change the thresholds in an XGBoost file that learnt from these windows."""
    document = json.loads(path.read_text())
    trees = document["learner"]["gradient_booster"]["model"]["trees"]
    bits = fraction_bits(windows.names)
    for feature, values in enumerate(windows.values.T.astype(np.int64)):
        places = [place for tree in trees for place in _splits(tree, feature)]
        given = sorted({conditions[node] for conditions, node in places})
        least = least_not_left(np.array(given, np.float32), bits[feature])
        moved = dict(zip(given, settled(least, values), strict=True))
        for conditions, node in places:
            number = np.float32(np.ldexp(float(moved[conditions[node]]), -bits[feature]))
            conditions[node] = float(str(number))
    path.write_text(json.dumps(document, separators=(",", ":")))


def _splits(tree: dict, feature: int) -> list[tuple[list[float], int]]:
    """Where a tree's thresholds of a feature stand."""
    nodes = zip(tree["left_children"], tree["split_indices"], strict=True)
    return [
        (tree["split_conditions"], node)
        for node, (left, index) in enumerate(nodes)
        if left >= 0 and index == feature
    ]


def settled(thresholds: NDArray[np.int64], training: NDArray[np.int64]) -> list[int]:
    """Thresholds on a grid, for ascending ones; both are values as the device has them."""
    if not len(thresholds):
        return []
    span, largest = int(thresholds[-1] - thresholds[0]), int(np.abs(thresholds).max())
    lost = max(0, largest.bit_length() - _DIGITS)  # bits that a float32 has no room for
    shift = max((span // PLACES).bit_length(), lost + 5 if lost else 0)
    if shift == 0:
        return thresholds.tolist()
    slack = 4 << lost if lost else 0
    known = np.sort(training)
    found = [_place(int(each), 1 << shift, 2 * slack, known) for each in thresholds]
    lowest = min(found)
    return [each - slack if each == lowest else each for each in found]


def _place(threshold: int, grid: int, clear: int, known: NDArray[np.int64]) -> int:
    """The nearest multiple of the grid that has no known value within ``clear`` of it, if any."""
    nearest = round(threshold / grid)
    for away in range(64):
        for step in (nearest - away, nearest + away):
            around = np.searchsorted(known, (step * grid - clear, step * grid + clear))
            if around[0] == around[1]:
                return step * grid
    return nearest * grid
