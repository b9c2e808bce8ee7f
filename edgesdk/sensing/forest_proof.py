"""Proves that a packed forest decides as the float model does, split by split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DoesNotFit
from .forest import Forest, check_values
from .forest_pack import CODE, HEADER, LEAF, WIDE, check_bits, error_bound
from .trees import DecisionTree, Trees


@dataclass(frozen=True)
class Proof:
    """What was compared, all of it equal but for the rounding of leaves."""

    rows: int
    splits: int
    decisions: int  # rows * splits
    largest_error: float  # of a score against the model's exact sum, in the model's unit
    bound: float  # of such errors, for whatever rows


def prove(
    forest: Forest, model: Trees, values: NDArray[np.int32], fraction_bits: Sequence[int]
) -> Proof:
    """Compare every split on every row, not only where the row comes by; then scores.

    ``values`` int32[rows, features] are fixed point with the features' fraction bits. Nothing is
    taken from the packer: the forest's bytes are read again. Raises ``DoesNotFit`` (EDGE-0986) at
    the first difference, ``InputMismatch`` (EDGE-0296).
    """
    check_bits(model, fraction_bits)
    values = check_values(values, model.features)
    floats = np.ldexp(values.astype(np.float64), -np.array(fraction_bits, np.int32))
    splits = _pairs(forest, model)
    codes = forest.codes(values)
    for split in splits:
        _check_decisions(split, floats[:, split.feature], codes[:, split.code])
    worst = float(np.abs(forest.margins(values) - model.margins(floats)).max(initial=0.0))
    bound = error_bound(model)
    if worst > bound + 1e-9 * len(model.trees):  # the float sum rounds, too
        raise _differs(f"a score is {worst:g} from the model's, more than {bound:g}")
    count = sum(splits.values())
    return Proof(len(values), count, count * len(values), worst, bound)


@dataclass(frozen=True)
class _Split:
    """A split of the model, and the one at its place in the forest."""

    feature: int
    threshold: np.floating[Any]
    code: int
    number: int


def _check_decisions(split: _Split, floats: NDArray[np.float64], codes: NDArray[np.int16]) -> None:
    expected = floats.astype(split.threshold.dtype) < split.threshold
    wrong = np.flatnonzero(expected != (codes < split.number))
    if wrong.size:
        row = int(wrong[0])
        raise _differs(
            f"row {row}: feature {split.feature} is {float(floats[row])!r}, the threshold "
            f"{float(split.threshold)!r}, the code {codes[row]}, compared with {split.number}; "
            f"{wrong.size} rows of {len(floats)} differ at this threshold"
        )


def _pairs(forest: Forest, model: Trees) -> Counter[_Split]:
    """The splits of model and forest, side by side, and how often there is the same."""
    header = HEADER.unpack_from(forest.content)
    code_bits, count = header[2], header[6]
    start = HEADER.size + count * CODE.size
    of = [CODE.unpack_from(forest.content, HEADER.size + i * CODE.size)[1] for i in range(count)]
    halfwords = iter(np.frombuffer(forest.content, "<u2", offset=start).tolist())
    if forest.trees != len(model.trees) or forest.features != model.features:
        raise _differs(f"{forest.trees} trees over {forest.features} features")
    unit = 2.0**-forest.fraction_bits
    found: Counter[_Split] = Counter()
    for number, tree in enumerate(model.trees):
        next(halfwords)  # how many splits
        for split in _walk(tree, halfwords, code_bits, unit):
            if split is None or of[split.code] != split.feature:
                raise _differs(f"tree {number} is another tree")
            found[split] += 1
    return found


def _walk(
    tree: DecisionTree, halfwords: Iterator[int], code_bits: int, unit: float
) -> Iterator[_Split | None]:
    """The splits in preorder, which both sides have; None where they are not alike."""
    for node in tree.preorder:
        head = next(halfwords)
        if (head & LEAF != 0) != (tree.left[node] < 0):
            yield None
        elif head & LEAF:
            leaf = _signed(head) >> 1
            if abs(leaf * unit - tree.leaf[node]) > unit / 2:
                yield None
        else:
            number = _signed(next(halfwords))
            if code_bits == WIDE:
                next(halfwords)  # splits on the left: a tree's preorder has no other
            code = head >> 16 - code_bits
            yield _Split(int(tree.feature[node]), tree.threshold[node], code, number)


def _signed(halfword: int) -> int:
    return (halfword ^ 0x8000) - 0x8000


def _differs(evidence: str) -> DoesNotFit:
    return DoesNotFit(
        "The packed forest does not decide as the model does",
        evidence=evidence,
        next_step="Pack it with the training set, and prove it with the same fraction bits",
        code=86,
    )
