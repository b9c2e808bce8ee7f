"""Values of inputs that are no numbers: a model answers them too, and the answer says nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .tensors import Array


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


def _values(count: int) -> str:
    return "1 value that is" if count == 1 else f"{count} values that are"


def _numbers(count: int) -> str:
    return "a number" if count == 1 else "numbers"
