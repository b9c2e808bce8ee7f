"""The planner's picture of an int8 network: tensors and operations, in TFLite's words.

Both importers (``tflite_graph.py``, ``onnx_graph.py``) make it, and every operator's lowering reads
it. Layouts are TFLite's: activations NHWC, convolution weights OHWI, depthwise 1HWC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Tensor:
    """One tensor. Compared by identity.

    ``shape`` is static. ``dtype`` is a numpy name (int8, uint8, int16, int32, int64, bool,
    float32). Quantised: real = scale * (q - zero_point), per tensor (one entry) or per index of
    ``axis``; not quantised: both empty. ``data`` holds a constant's values, in ``shape``.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: tuple[float, ...] = ()
    zero_point: tuple[int, ...] = ()
    axis: int = 0
    data: Array | None = None
    variable: bool = False  # keeps its content from one run to the next (LSTM state)

    @property
    def elements(self) -> int:
        """How many numbers it holds."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def bytes(self) -> int:
        """How many bytes it takes."""
        return self.elements * np.dtype(self.dtype).itemsize


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation. ``kind`` is TFLite's builtin name, for example ``CONV_2D``.

    ``inputs`` may hold None for an optional one left out. ``options`` are the fields of TFLite's
    builtin options in snake_case (``stride_w``, ``padding``: "SAME" or "VALID",
    ``fused_activation_function``: "NONE", "RELU", "RELU6", ...). ``layer`` names it for people.
    ``intermediates`` hold no data: they only say how an LSTM's inner values are quantised.
    """

    kind: str
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    layer: str = ""
    intermediates: tuple[Tensor | None, ...] = ()


@dataclass(frozen=True, eq=False)
class Graph:
    """A network: ``operations`` in an order in which each follows what it reads."""

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    operations: tuple[Operation, ...]
