"""A model in the accelerator's memory."""

from __future__ import annotations

import numpy as np

from edgesdk.decoder.limits import checked_context
from edgesdk.errors import DoesNotFit

from ..buffers import LEAST_CONTEXT, buffer_sizes, fitting_context, memory_needed
from ..weights.head_rows import port_view
from ..weights.index_code import LANES, Bytes
from ..weights.layout import PackedShape
from ..weights.reader import ModelFile
from .hal import Buffer, Hal
from .shape import Addresses, Shape

_HEAD_CODES = np.float32(16383)  # the largest activation of the head in the fabric


class ResidentModel:
    """Buffers filled from a model's file; ``context``: positions of the cache, 0 for what fits.

    Raises ``DoesNotFit`` (EDGE-0930, EDGE-0941), ``UsageError`` (EDGE-02133).
    """

    def __init__(self, hal: Hal, file: ModelFile, context: int, fabric_head: bool) -> None:
        self.context = chosen_context(file.shape, context, fabric_head, hal.free_memory())
        self.shape = register_shape(file.shape, self.context, fabric_head)
        self._buffers: dict[str, Buffer] = {}
        try:
            for name, size in buffer_sizes(file.shape, self.context, fabric_head).items():
                self._buffers[name] = hal.allocate(size)
            self._fill(file, fabric_head)
        except BaseException:
            self.free()
            raise

    def __getitem__(self, name: str) -> Buffer:
        return self._buffers[name]

    @property
    def size(self) -> int:
        """Bytes of all buffers."""
        return sum(len(buffer.array) for buffer in self._buffers.values())

    def addresses(self) -> Addresses:
        """Where everything lies."""
        at = {name: buffer.address for name, buffer in self._buffers.items()}
        return Addresses(
            weights=(at["weights_0"], at["weights_1"], at["weights_2"], at["weights_3"]),
            parameters=at["parameters"],
            rotations=at["rotations"],
            keys=(at["keys_0"], at["keys_1"]),
            values=(at["values_0"], at["values_1"]),
            states=at["states"],
            head=tuple(at.get(f"head_{port}", 0) for port in range(LANES)),  # type: ignore[arg-type]
            head_scales=at.get("head_scales", 0),
            logits=at.get("logits", 0),
        )

    def free(self) -> None:
        """Give the memory back. Safe twice."""
        while self._buffers:
            self._buffers.popitem()[1].free()

    def _fill(self, file: ModelFile, fabric_head: bool) -> None:
        for port in range(LANES):
            self._put(f"weights_{port}", file.bytes_of(f"weights_{port}"))
        self._put("parameters", file.bytes_of("parameters"))
        rotations = self._buffers["rotations"]
        self._put("rotations", file.bytes_of("rotations")[: len(rotations.array)])
        if fabric_head:
            self._put_head(file)

    def _put_head(self, file: ModelFile) -> None:
        for port in range(LANES):
            words = port_view(file.head_rows(), port)
            buffer = self._buffers[f"head_{port}"]
            buffer.array.view(np.int8).reshape(words.shape)[...] = words
            buffer.flush()
        self._put("head_scales", (file.floats("head_scales") / _HEAD_CODES).view(np.uint8))

    def _put(self, name: str, content: Bytes) -> None:
        self._buffers[name].array[:] = content
        self._buffers[name].flush()


def chosen_context(shape: PackedShape, asked: int, fabric_head: bool, free: int) -> int:
    """Positions of the cache: those asked for, or as many as memory holds.

    Raises ``UsageError`` (EDGE-02133), ``DoesNotFit`` (EDGE-0930).
    """
    context = checked_context(asked or None, shape.context)
    need = memory_needed(shape, context, fabric_head)
    if need <= free:
        return context
    fits = fitting_context(shape, fabric_head, free)
    if not asked and fits >= min(LEAST_CONTEXT, shape.context):
        return fits
    if fits:
        advice = f"Open it with context={fits}"
    else:
        advice = "Give the accelerator more memory: on a board by the kernel's cma= setting"
    raise DoesNotFit(
        "The model does not fit into the accelerator's memory",
        evidence=f"{need} bytes of contiguous memory (CMA) are needed for a context of {context}; "
        f"{free} are free, {need - free} too few",
        next_step=advice,
        code=30,
    )


def register_shape(shape: PackedShape, context: int, fabric_head: bool) -> Shape:
    """The sizes as the accelerator is told them."""
    return Shape(
        layers=shape.layers,
        hidden=shape.hidden,
        intermediate=shape.intermediate,
        heads=shape.heads,
        kv_heads=shape.kv_heads,
        head_size=shape.head_size,
        vocabulary=shape.vocabulary if fabric_head else 0,
        context=context,
        relu_squared=shape.relu_squared,
        sub_norms=shape.sub_norms,
        epsilon=shape.epsilon,
        real_hidden=shape.real_hidden,
        real_intermediate=shape.real_intermediate,
        real_head_size=shape.real_head_size,
    )
