"""Whether two models answer the same, and how far apart they are where they do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..real_values import real_values
from ..tensors import AS_BITS, Array, TensorSpec
from .same_inputs import NotTheSame, pairs

CONTINUATION = "continuation"  # a decoder's output
LOGITS = "logits"  # what else is compared of one

Answer = Mapping[str, Array]


@dataclass(frozen=True)
class OutputAgreement:
    """One output against the first contender's, over all sets of inputs.

    ``difference``: the greatest, in the output's units, real values where it is quantised; None
    where values have no distance. ``top``: of ``rows`` along the last axis, those whose largest
    value is in the same place; None where an output is no such row. ``tokens``: of ``length``
    tokens, those before the first that is another one, over all sets; None but for tokens.
    """

    name: str
    units: str = ""
    difference: float | None = None
    top: int | None = None
    rows: int = 0
    tokens: int | None = None
    length: int = 0


@dataclass(frozen=True)
class Agreement:
    """A contender's answers against the first contender's.

    ``samples``: sets of inputs that both answered, 0 where they could not be compared; ``equal``:
    of them, those with the same outputs to the bit, which of a decoder are its tokens alone: logits
    are no output of ``run``. ``inputs`` says how they were made the same, or why they are not.
    """

    samples: int
    equal: int
    inputs: str
    outputs: tuple[OutputAgreement, ...] = ()


def agreement(
    first: Sequence[Answer],
    other: Sequence[Answer],
    specs: tuple[Sequence[TensorSpec], Sequence[TensorSpec]],
    inputs: str,
) -> Agreement:
    """Compare; ``specs`` are those of the outputs, the first's and the other's."""
    try:
        matched = pairs(*specs)
    except NotTheSame as why:
        return Agreement(0, 0, f"the outputs are others: {why}")
    equal = sum(
        all(_same_bits(a[one.name], b[two.name]) for one, two in matched)
        for a, b in zip(first, other, strict=True)
    )
    if all(LOGITS in answer for answer in (*first, *other)):
        spec = TensorSpec(LOGITS, "float32", ("tokens", "vocabulary"))
        matched = [*matched, (spec, spec)]
    outputs = tuple(
        _compared([a[one.name] for a in first], [a[two.name] for a in other], one, two)
        for one, two in matched
    )
    return Agreement(len(first), equal, inputs, outputs)


def _same_bits(one: Array, two: Array) -> bool:
    if one.dtype != two.dtype or one.shape != two.shape:
        return False
    if one.dtype == object:
        return bool((one == two).all())
    return one.tobytes() == two.tobytes()


def _compared(
    first: Sequence[Array], other: Sequence[Array], one: TensorSpec, two: TensorSpec
) -> OutputAgreement:
    name, units = one.name, one.units
    if any(a.size != b.size for a, b in zip(first, other, strict=True)):
        return OutputAgreement(name, units)
    if name == CONTINUATION and one.dtype == two.dtype == "int32":
        kept = sum(_leading(a, b) for a, b in zip(first, other, strict=True))
        return OutputAgreement(name, tokens=kept, length=sum(a.size for a in first))
    if {one.dtype, two.dtype} & {*AS_BITS, "string", "complex64", "complex128"}:
        return OutputAgreement(name, units)
    reals = [
        (real_values(a, one.quantisation), real_values(b, two.quantisation).reshape(a.shape))
        for a, b in zip(first, other, strict=True)
    ]
    difference = max((_apart(a, b) for a, b in reals), default=0.0)
    tops = [top for a, b in reals for top in _tops(a, b)]
    if not tops:
        return OutputAgreement(name, units, difference)
    return OutputAgreement(name, units, difference, sum(tops), len(tops))


def _leading(one: Array, two: Array) -> int:
    """Tokens that are the same, before the first that is another."""
    other = np.flatnonzero(one.reshape(-1) != two.reshape(-1))
    return int(other[0]) if len(other) else one.size


def _apart(one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    """The greatest difference; infinite where one of two values is no number."""
    with np.errstate(invalid="ignore"):
        apart = np.abs(one - two)
    apart = np.where((one == two) | (np.isnan(one) & np.isnan(two)), 0.0, apart)
    return float(np.nan_to_num(apart, nan=np.inf, posinf=np.inf).max(initial=0.0))


def _tops(one: NDArray[np.float64], two: NDArray[np.float64]) -> list[bool]:
    """For each row, whether its largest value is in the same place."""
    if one.ndim == 0 or one.shape[-1] < 2:
        return []
    rows = [array.reshape(-1, one.shape[-1]).argmax(axis=1) for array in (one, two)]
    return [bool(same) for same in rows[0] == rows[1]]
