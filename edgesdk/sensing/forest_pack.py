"""Packs decision trees into the bytes that ``firmware/lib/forest`` reads (``docs/forest.md``)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DoesNotFit, InputMismatch
from .forest import Forest, check_values
from .forest_codes import MOST_CODES, Code, choose, least_not_left
from .trees import DecisionTree, Trees

MAGIC, FORMAT = b"EDFR", 1
HEADER = struct.Struct("<4s4B4HiI")
CODE = struct.Struct("<iHBB")
LEAF = 1  # of a node's first halfword; the other 15 bits are the leaf's value
LARGEST_LEAF, LARGEST_BASE, MOST_BITS = (1 << 14) - 1, 1 << 30, 24
MOST_TREES, MOST_SPLITS, MOST_FEATURES = 65_535, 65_535, 65_535
DEEPEST = 64
WIDE = 15  # code bits of splits that have their left side in a halfword of its own

# Of a feature and a threshold: the code's number, and what it is compared with.
Cuts = dict[tuple[int, float], tuple[int, int]]


def pack(
    model: Trees, fraction_bits: Sequence[int], values: NDArray[np.int32] | None = None
) -> Forest:
    """A forest over fixed-point features: value v of feature f is v / 2^fraction_bits[f].

    With a training set, ``values`` int32[rows, features], every decision of every split on each of
    its rows is the float model's. Without one, a decision may differ for a value below a threshold,
    but nearer to it than 1/32767 of the range of the feature's thresholds. ``prove`` counts.

    Raises ``DoesNotFit`` (EDGE-0985) where the format has no room for the model, ``InputMismatch``
    (EDGE-0296) for a training set or fraction bits that are not the model's.
    """
    check_bits(model, fraction_bits)
    if values is None:
        values = np.empty((0, model.features), np.int32)
    codes, cuts = _codes(model, fraction_bits, check_values(values, model.features))
    shapes = [_Shape.of(tree) for tree in model.trees]
    _check_room(model, codes, shapes)
    bits = score_bits(model)
    largest = max(max(shape.left.values(), default=0) for shape in shapes)
    code_bits = max(1, (len(codes) - 1).bit_length())
    code_bits = code_bits if code_bits + largest.bit_length() <= WIDE else WIDE
    nodes: list[int] = []
    for tree, shape in zip(model.trees, shapes, strict=True):
        nodes += _tree(tree, shape, cuts, bits, code_bits)
    base = round(model.base * 2.0**bits)
    sizes = (model.features, len(codes), len(model.trees), 0)
    content = HEADER.pack(MAGIC, FORMAT, code_bits, bits, 0, *sizes, base, len(nodes))
    content += b"".join(CODE.pack(code.offset, code.value, code.shift, 0) for code in codes)
    return Forest(content + np.array(nodes, "<u2").tobytes(), model.features)


def score_bits(model: Trees) -> int:
    """Fraction bits of a score: the fewest that lose nothing, or the most there is room for.

    Raises ``DoesNotFit`` (EDGE-0985).
    """
    numbers = _numbers(model)
    largest, base = float(np.abs(numbers[1:]).max()), abs(model.base)
    room = [
        bits
        for bits in range(MOST_BITS + 1)
        if round(largest * 2.0**bits) <= LARGEST_LEAF and round(base * 2.0**bits) <= LARGEST_BASE
    ]
    if not room:
        raise no_room(f"its leaves reach {largest:g}, its base score is {model.base:g}")
    return next((bits for bits in room if _exact(numbers, bits)), room[-1])


def error_bound(model: Trees) -> float:
    """The most that a score can differ from the model's exact sum, if no decision differs."""
    bits = score_bits(model)
    return 0.0 if _exact(_numbers(model), bits) else (len(model.trees) + 1) * 2.0 ** -(bits + 1)


def check_bits(model: Trees, fraction_bits: Sequence[int]) -> None:
    """Raises ``InputMismatch`` (EDGE-0296) unless there are 0 to 31 fraction bits a feature."""
    if len(fraction_bits) != model.features or not all(0 <= bits < 32 for bits in fraction_bits):
        raise InputMismatch(
            f"The model takes {model.features} features of 0 to 31 fraction bits each",
            evidence=f"fraction bits given: {list(fraction_bits)[:16]}",
            code=96,
        )


def no_room(why: str) -> DoesNotFit:
    """The refusal of a model that the format has no room for (EDGE-0985)."""
    return DoesNotFit(
        "The model does not fit a packed forest",
        evidence=why,
        next_step="Train it with fewer or shallower trees, or smaller numbers",
        code=85,
    )


def _numbers(model: Trees) -> NDArray[np.float64]:
    """The base score and all leaves."""
    leaves = [tree.leaf_values.astype(np.float64) for tree in model.trees]
    return np.concatenate([[model.base], *leaves])


def _exact(numbers: NDArray[np.float64], bits: int) -> bool:
    return bool((np.ldexp(numbers, bits) % 1 == 0).all())


def _codes(
    model: Trees, fraction_bits: Sequence[int], values: NDArray[np.int32]
) -> tuple[list[Code], Cuts]:
    """All codes, and for each feature and threshold its code and what it is compared with."""
    found = _thresholds(model)
    codes: list[Code] = []
    cuts: Cuts = {}
    for feature in sorted(found):
        least = least_not_left(found[feature], fraction_bits[feature])
        distinct = np.unique(least)
        chosen, of, number = choose(feature, distinct, values[:, feature].astype(np.int64))
        places = np.searchsorted(distinct, least)
        for threshold, place in zip(found[feature].tolist(), places.tolist(), strict=True):
            cuts[feature, threshold] = len(codes) + int(of[place]), int(number[place])
        codes += chosen
        if len(codes) > MOST_CODES:
            break
    return codes, cuts


def _thresholds(model: Trees) -> dict[int, NDArray[np.floating[Any]]]:
    """The distinct thresholds of each feature that has any, ascending."""
    splits = [(tree.feature[tree.splits], tree.threshold[tree.splits]) for tree in model.trees]
    features, thresholds = (np.concatenate(part) for part in zip(*splits, strict=True))
    used = np.unique(features).tolist()
    return {feature: np.unique(thresholds[features == feature]) for feature in used}


@dataclass(frozen=True)
class _Shape:
    """Of each node of a tree, by its number: splits on its left, 0 for a leaf; and turns left."""

    left: dict[int, int]
    deepest: int

    @staticmethod
    def of(tree: DecisionTree) -> _Shape:
        below: dict[int, int] = {}  # splits of what hangs on a node, itself included
        turns = {0: 0}
        for node in tree.preorder:
            if tree.left[node] >= 0:
                turns[int(tree.left[node])] = turns[node] + 1
                turns[int(tree.right[node])] = turns[node]
        for node in reversed(tree.preorder):
            sides = (int(tree.left[node]), int(tree.right[node]))
            below[node] = 0 if sides[0] < 0 else 1 + below[sides[0]] + below[sides[1]]
        left = {node: below[int(tree.left[node])] for node in tree.splits.tolist()}
        return _Shape(left, max(turns.values()))


def _check_room(model: Trees, codes: list[Code], shapes: list[_Shape]) -> None:
    splits = max(len(shape.left) for shape in shapes)
    deepest = max(shape.deepest for shape in shapes)
    limits = (
        ("features", model.features, MOST_FEATURES),
        ("trees", len(model.trees), MOST_TREES),
        ("splits in one tree", splits, MOST_SPLITS),
        ("turns to the left on one way", deepest, DEEPEST),
        ("codes to tell its thresholds apart", len(codes), MOST_CODES),
    )
    for what, needed, available in limits:
        if needed > available:
            raise no_room(f"it has {needed} {what}, and there can be {available}")


def _tree(tree: DecisionTree, shape: _Shape, cuts: Cuts, bits: int, code_bits: int) -> list[int]:
    """The halfwords of a tree: its number of splits, and its nodes in preorder."""
    halfwords = [len(shape.left)]
    for node in tree.preorder:
        if tree.left[node] < 0:
            leaf = round(float(tree.leaf[node]) * 2.0**bits)
            halfwords.append(leaf << 1 & 0xFFFF | LEAF)
            continue
        code, number = cuts[int(tree.feature[node]), float(tree.threshold[node])]
        left = shape.left[node]
        head = code << 16 - code_bits
        if code_bits == WIDE:
            halfwords += [head, number & 0xFFFF, left]
        else:
            halfwords += [head | left << 1, number & 0xFFFF]
    return halfwords
