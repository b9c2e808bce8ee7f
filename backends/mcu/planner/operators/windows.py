"""Where windows lie along an axis."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph import Operation
from ..step import NotSupported


@dataclass(frozen=True)
class Placed:
    """How many windows there are, ``stride`` apart, the first ``before`` places outside."""

    count: int
    stride: int
    before: int


def placed(operation: Operation, axis: int, size: int, window: int, stride: int) -> Placed:
    """The windows along axis 0 (height) or 1 (width), by the operation's padding."""
    padding = operation.options["padding"]
    if padding == "SAME":
        count = -(-size // stride)
        before = max((count - 1) * stride + window - size, 0) // 2
        return Placed(count, stride, before)
    if padding == "VALID":
        return Placed(-(-(size - window + 1) // stride), stride, 0)
    if padding == "EXPLICIT":
        top, bottom, left, right = operation.options["explicit_padding"]
        before, after = ((top, bottom), (left, right))[axis]
        return Placed((size + before + after - window) // stride + 1, stride, before)
    raise NotSupported(f"it has the padding {padding}")
