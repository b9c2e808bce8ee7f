"""Access to an operation's operands that refuses plainly what a kernel cannot take."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..graph import Array, Operation, Tensor
from ..step import NotSupported


def need(condition: object, why: str) -> None:
    """Refuse the operation unless a condition holds."""
    if not condition:
        raise NotSupported(why)


def given(operation: Operation, index: int) -> Tensor:
    """An input that must be there."""
    tensor = operation.inputs[index] if index < len(operation.inputs) else None
    if tensor is None:
        raise NotSupported(f"its input {index} is missing")
    return tensor


def only_output(operation: Operation) -> Tensor:
    """The output of an operation with one."""
    need(len(operation.outputs) == 1, f"it has {len(operation.outputs)} outputs")
    return operation.outputs[0]


def known(operation: Operation, index: int, what: str) -> Array:
    """The values of an input that decides about shapes, and so must be a constant."""
    tensor = given(operation, index)
    if tensor.data is None or tensor.variable:
        raise NotSupported(f"its {what} are not constants")
    return tensor.data


def known_numbers(operation: Operation, index: int, what: str) -> tuple[int, ...]:
    """Likewise, as a flat tuple of whole numbers."""
    return tuple(int(number) for number in np.asarray(known(operation, index, what)).reshape(-1))


def axis_of(axis: int, rank: int) -> int:
    """An axis counted from the first one."""
    need(-rank <= axis < rank, f"its axis {axis} does not exist")
    return axis % rank


def is_type(tensor: Tensor, *dtypes: str) -> None:
    """Refuse a tensor of another type."""
    need(tensor.dtype in dtypes, f"tensor {tensor.name[:60]!r} is of type {tensor.dtype}")


def is_shape(tensor: Tensor, shape: Sequence[int]) -> None:
    """Refuse a tensor whose file gives it another shape than its operation does."""
    need(
        tuple(tensor.shape) == tuple(shape),
        f"tensor {tensor.name[:60]!r} has shape {list(tensor.shape)}, not {list(shape)}",
    )
