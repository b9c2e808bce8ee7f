"""Whether two models answer the same, and how far apart they are where they do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..real_values import real_values
from ..tensors import AS_BITS, Array, TensorSpec
from .same_inputs import NotTheSame, pairs, same_order

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
    are no output of ``run``. ``inputs`` says how they were made the same, or why nothing is.
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
    """Compare; ``specs`` are those of the outputs, the first's and the other's.

    Outputs whose entries both models name are compared name by name, whatever their order.
    """
    try:
        matched = pairs(*specs)
        orders = {two.name: _order(one, two) for one, two in matched}
    except NotTheSame as why:
        return Agreement(0, 0, f"the outputs are others: {why}")
    other = [
        {name: _ordered(array, orders.get(name)) for name, array in answer.items()}
        for answer in other
    ]
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


def _order(one: TensorSpec, two: TensorSpec) -> list[int] | None:
    """Where the other has the first's entries; None where they are in the same places, or one of
    them has no names. Raises ``NotTheSame``."""
    if one.labels == two.labels or not (one.labels and two.labels):
        return None
    along = two.quantisation is not None and len(two.quantisation.scales) > 1
    if along or sorted(one.labels) != sorted(two.labels) or len({*two.labels}) < len(two.labels):
        raise NotTheSame(f"the entries of {one.name} have other names")
    return [two.labels.index(label) for label in one.labels]


def _ordered(array: Array, order: list[int] | None) -> Array:
    if order is None or array.ndim == 0 or array.shape[-1] != len(order):
        return array
    return array[..., order]


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
    both = list(zip(first, other, strict=True))
    if name == CONTINUATION and one.dtype == two.dtype == "int32":
        kept = sum(_leading(a, b) for a, b in both)
        return OutputAgreement(name, tokens=kept, length=sum(max(a.size, b.size) for a, b in both))
    if any(a.size != b.size or not same_order(a.shape, b.shape) for a, b in both):
        return OutputAgreement(name, units)
    if {one.dtype, two.dtype} & {*AS_BITS, "string", "complex64", "complex128"}:
        return OutputAgreement(name, units)
    reals = [
        (real_values(a, one.quantisation), real_values(b, two.quantisation).reshape(a.shape))
        for a, b in both
    ]
    difference = max((_apart(a, b) for a, b in reals), default=0.0)
    tops = [top for a, b in reals for top in _tops(a, b)]
    if not tops:
        return OutputAgreement(name, units, difference)
    return OutputAgreement(name, units, difference, sum(tops), len(tops))


def _leading(one: Array, two: Array) -> int:
    """Tokens that are the same, before the first that is another, or that one of them lacks."""
    count = min(one.size, two.size)
    other = np.flatnonzero(one.reshape(-1)[:count] != two.reshape(-1)[:count])
    return int(other[0]) if len(other) else count


def _apart(one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    """The greatest difference; infinite where one of two values is no number."""
    with np.errstate(invalid="ignore"):
        apart = np.abs(one - two)
    apart = np.where((one == two) | (np.isnan(one) & np.isnan(two)), 0.0, apart)
    return float(np.nan_to_num(apart, nan=np.inf, posinf=np.inf).max(initial=0.0))


def _tops(one: NDArray[np.float64], two: NDArray[np.float64]) -> list[bool]:
    """For each row, whether its largest value is in the same place; what is no number has none."""
    if one.ndim == 0 or one.shape[-1] < 2:
        return []
    rows = [array.reshape(-1, one.shape[-1]) for array in (one, two)]
    numbers = ~(np.isnan(rows[0]) | np.isnan(rows[1])).any(axis=1)
    return [bool(same) for same in numbers & (rows[0].argmax(axis=1) == rows[1].argmax(axis=1))]
