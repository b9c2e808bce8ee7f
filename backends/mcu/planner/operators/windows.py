"""Where windows lie along an axis, and those of a convolution along both."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph import Operation, Tensor
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


@dataclass(frozen=True)
class Windows:
    """Of a convolution, over [batches, height, width, channels]; pairs are (height, width)."""

    kernel: tuple[int, int]
    dilation: tuple[int, int]
    rows: Placed
    columns: Placed

    def fields(self, source: Tensor) -> dict[str, int]:
        """What every kernel of a convolution is told of its input, output and windows."""
        batches, height, width, channels = source.shape
        return {
            "batches": batches,
            "input_height": height,
            "input_width": width,
            "channels": channels,
            "output_height": self.rows.count,
            "output_width": self.columns.count,
            "kernel_height": self.kernel[0],
            "kernel_width": self.kernel[1],
            "stride_height": self.rows.stride,
            "stride_width": self.columns.stride,
            "dilation_height": self.dilation[0],
            "dilation_width": self.dilation[1],
            "pad_top": self.rows.before,
            "pad_left": self.columns.before,
        }


def windows_of(operation: Operation, source: Tensor, kernel: tuple[int, int]) -> Windows:
    """The windows of a convolution, by its options."""
    options = operation.options
    dilation = int(options["dilation_h_factor"]), int(options["dilation_w_factor"])
    reach = (kernel[0] - 1) * dilation[0] + 1, (kernel[1] - 1) * dilation[1] + 1
    rows = placed(operation, 0, source.shape[1], reach[0], int(options["stride_h"]))
    columns = placed(operation, 1, source.shape[2], reach[1], int(options["stride_w"]))
    return Windows(kernel, dilation, rows, columns)
