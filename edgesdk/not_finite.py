"""Values of inputs that are no numbers: a model answers them too, and the answer says nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .tensors import Array

# Operators of models to which NaN is a value that is missing.
_KNOWS_MISSING = ("TreeEnsemble", "Imputer", "IsNaN")


def odd_values(arrays: Mapping[str, Array]) -> list[str]:
    """A sentence for each input that holds NaN or infinities, without a full stop."""
    found = []
    for name, array in arrays.items():
        if np.asarray(array).dtype.kind not in "fc":
            continue
        nan, infinite = int(np.isnan(array).sum()), int(np.isinf(array).sum())
        if nan:
            found.append(f"the input {name!r} holds {_values(nan)} not {_numbers(nan)} (NaN)")
        if infinite:
            found.append(f"the input {name!r} holds {_values(infinite)} infinite")
    return found


def knows_missing(operators: Sequence[str]) -> bool:
    """Whether a model with these operators may well want NaN."""
    return any(word in operator for operator in operators for word in _KNOWS_MISSING)


def has_nan(array: Array) -> bool:
    """Whether a value is no number."""
    return np.asarray(array).dtype.kind in "fc" and bool(np.isnan(array).any())


def _values(count: int) -> str:
    return "1 value that is" if count == 1 else f"{count} values that are"


def _numbers(count: int) -> str:
    return "a number" if count == 1 else "numbers"
