"""The vector units of the HLS kernels, built for this machine, as functions on numpy arrays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk.native import load
from edgesdk_backends.fpga.emulator.shared_library import DESCRIPTION

SOURCE = "vector_parts"

Floats = NDArray[np.float32]

# What does not give floats.
RESULTS: dict[str, tuple[str, type[np.generic]]] = {
    "to_half": ("uint16_t", np.uint16),
    "nearest": ("int32_t", np.int32),
}


@dataclass(frozen=True)
class Shape:
    heads: int
    kv_heads: int
    head_size: int
    context: int
    layer_words: int = 0

    @property
    def width(self) -> int:
        return self.heads * self.head_size

    def cache(self) -> list[NDArray[np.uint16]]:
        """The four arrays of one layer, full of what no half float is: nobody may read it."""
        halves = self.kv_heads * self.context * self.head_size // 2 + 8 * self.layer_words
        return [np.full(halves, 0xFFFF, np.uint16) for _ in range(4)]


class Parts:
    def __init__(self, name: str, library: Path) -> None:
        self.name = name
        self.ffi, self.library = load(library, DESCRIPTION)

    def of(self, kind: str, array: NDArray[Any]) -> Any:
        assert array.flags.c_contiguous
        return self.ffi.cast(f"{kind} *", self.ffi.from_buffer(array))

    def fault(self) -> str:
        text = self.ffi.string(self.library.edge_vector_fault())
        assert isinstance(text, bytes)
        return text.decode()

    def each(self, unit: str, *arrays: NDArray[Any]) -> NDArray[Any]:
        """An operation or a function unit, element by element."""
        given = "uint16_t" if unit == "from_half" else "float"
        inputs = [self.of(given, array) for array in arrays]
        kind, dtype = RESULTS.get(unit, ("float", np.float32))
        result = np.empty(arrays[0].shape, dtype)
        getattr(self.library, f"edge_{unit}")(*inputs, result.size, self.of(kind, result))
        return result

    def sum16_of_squares(self, x: Floats) -> np.float32:
        return np.float32(self.library.edge_sum16_of_squares(self.of("float", x), len(x)))

    def norm(self, x: Floats, weights: Floats, epsilon: float, inverse: float) -> Floats:
        v = np.empty_like(x)
        rows = self.of("float", x), self.of("float", weights)
        self.library.edge_norm(*rows, len(x), epsilon, inverse, self.of("float", v))
        return v

    def norm_quantise(
        self, x: Floats, weights: Floats | None, epsilon: float, inverse: float
    ) -> tuple[NDArray[np.int8], np.float32]:
        codes = np.empty(len(x), np.int8)
        factors = self.ffi.NULL if weights is None else self.of("float", weights)
        step = self.library.edge_norm_quantise(
            self.of("float", x), factors, len(x), epsilon, inverse, self.of("int8_t", codes)
        )
        return codes, np.float32(step)

    def quantise15(self, v: Floats) -> tuple[NDArray[np.int16], np.float32]:
        codes = np.empty(len(v), np.int16)
        step = self.library.edge_quantise15(self.of("float", v), len(v), self.of("int16_t", codes))
        return codes, np.float32(step)

    def rope(self, x: Floats, rotation: Floats, scale: float) -> Floats:
        """x [heads, head_size]; rotation [head_size / 2, 2]."""
        turned = x.copy()
        self.library.edge_rope(
            self.of("float", turned), self.of("float", rotation), *x.shape, scale
        )
        return turned

    def activation(self, gate: Floats, up: Floats, *, relu_squared: bool) -> Floats:
        z = np.empty_like(gate)
        rows = self.of("float", gate), self.of("float", up)
        self.library.edge_activation(*rows, len(gate), relu_squared, self.of("float", z))
        return z

    def _shape(self, shape: Shape, start: int, tokens: int) -> Any:
        fields = (shape.heads, shape.kv_heads, shape.head_size, shape.context, start, tokens)
        return self.ffi.new("struct edge_attention_shape *", (*fields, shape.layer_words))

    def store_rows(
        self, x: Floats, shape: Shape, start: int, arrays: list[NDArray[np.uint16]]
    ) -> None:
        """x [tokens, kv_heads * head_size] into two arrays of the cache."""
        pointers = [self.of("uint8_t", array) for array in arrays]
        given = self._shape(shape, start, len(x))
        self.library.edge_store_rows(self.of("float", x), given, *pointers)

    def attention(
        self, query: Floats, shape: Shape, start: int, cache: list[NDArray[np.uint16]]
    ) -> Floats:
        """query [tokens, heads * head_size]."""
        output = np.empty_like(query)
        pointers = [self.of("uint8_t", array) for array in cache]
        given = self._shape(shape, start, len(query))
        self.library.edge_attention(
            self.of("float", query), given, *pointers, self.of("float", output)
        )
        return output

    def walk(self, start: int, tokens: int, members: int, steps: int, heads: int) -> list[Any]:
        """The slots of a turn: row (-1 for none), head, first query, step."""
        capacity = 1 << 20
        slots = self.ffi.new("struct edge_slot[]", capacity)
        count = self.library.edge_walk(start, tokens, members, steps, heads, slots, capacity)
        assert count <= capacity
        return [(slot.row, slot.head, slot.first_query, slot.step) for slot in slots[0:count]]
