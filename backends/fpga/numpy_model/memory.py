"""The device's memory as one call uses it: every array of ``docs/fpga-weight-format.md``."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .call import Call, padded_vocabulary
from .floats import Floats, Halves, flushed
from .ternary import PORTS, Streams, bytes_of, padded_to

PAGE = 4096  # bytes; every array starts at one
LANES = 16  # floats: vectors are padded to a multiple of it
HEAD_WORD = 16  # bytes
SCALES = ("query", "key", "value", "output", "gate", "up", "down")


class DeviceMemory:
    """Reads and writes the arrays that a call's registers point to."""

    def __init__(self, memory: NDArray[np.uint8], base: int, call: Call) -> None:
        self._memory, self._base, self._call = memory, base, call
        self._layer_bytes = sum(bytes_of(*shape) for shape in call.matrices().values())
        self._norms = {
            "attention_norm": call["hidden"],
            "attention_sub_norm": call.width,
            "ffn_norm": call["hidden"],
            "ffn_sub_norm": call["intermediate"],
        }

    def holds_everything(self) -> bool:
        """Whether each array of the call lies in memory, at a page."""
        end = self._base + self._memory.size
        return all(
            address % PAGE == 0 and self._base <= address and address + size <= end
            for address, size in self._arrays()
        )

    def streams(self, layer: int, matrix: str) -> Streams:
        """What the four ports read for a matrix: a copy, [4, bytes]."""
        shapes, offset = self._call.matrices(), layer * self._layer_bytes
        for name, shape in shapes.items():
            if name == matrix:
                break
            offset += bytes_of(*shape)
        size = bytes_of(*shapes[matrix])
        ports = [self._view(f"weights_{port}", np.uint8, (size,), offset) for port in range(PORTS)]
        return np.stack(ports)

    def norm(self, layer: int, name: str) -> Floats:
        """The weights of a norm. The final one comes after the last layer: "attention_norm"."""
        offset = layer * self._parameters_of_layer()
        for before, size in self._norms.items():
            if before == name:
                break
            offset += size
        return self._floats("parameters", (self._norms[name],), 4 * offset)

    def scale(self, layer: int, matrix: str) -> np.float32:
        """The scale of a matrix, 1/127 in it."""
        last = (layer + 1) * self._parameters_of_layer() - LANES + SCALES.index(matrix)
        found: np.float32 = self._floats("parameters", (1,), 4 * last)[0]
        return found

    def rotations(self) -> Floats:
        """Cosine and sine of the call's positions: [tokens, head_size / 2, 2]."""
        row = self._call["head_size"]  # floats
        shape = self._call["tokens"], row // 2, 2
        return self._floats("rotations", shape, 4 * row * self._call["start"])

    def cache(self, name: str, layer: int) -> tuple[Halves, Halves]:
        """The halves of a layer's "keys" or "values", [kv_heads, context, head_size / 2] each."""
        shape = self._call["kv_heads"], self._call["context"], self._call["head_size"] // 2
        offset = 2 * layer * shape[0] * shape[1] * shape[2]
        first = self._view(f"{name}_0", np.float16, shape, offset)
        return first, self._view(f"{name}_1", np.float16, shape, offset)

    def states(self) -> NDArray[np.float32]:
        """Embeddings, then the last norm's output: [tokens, hidden]."""
        return self._view("states", np.float32, (self._call["tokens"], self._call["hidden"]))

    def logits(self) -> NDArray[np.float32]:
        """[wanted, vocabulary and padding]."""
        return self._view("logits", np.float32, (self._call.wanted, padded_vocabulary(self._call)))

    def head(self) -> tuple[NDArray[np.int8], Floats]:
        """Rows [vocabulary, padded hidden], which are spread over four arrays; and their scales."""
        words = padded_to(PORTS * HEAD_WORD, self._call["hidden"]) // (PORTS * HEAD_WORD)
        shape = self._call["vocabulary"], words, HEAD_WORD
        parts = [self._view(f"head_{port}", np.int8, shape) for port in range(PORTS)]
        rows = np.stack(parts, axis=2).reshape(self._call["vocabulary"], -1)
        return rows, self._floats("head_scales", (self._call["vocabulary"],))

    def _parameters_of_layer(self) -> int:
        return sum(self._norms.values()) + LANES

    def _arrays(self) -> Iterator[tuple[int, int]]:
        """Address and bytes of each."""
        call = self._call
        cache = 2 * call["layers"] * call["kv_heads"] * call["context"] * call["head_size"] // 2
        parameters = call["layers"] * self._parameters_of_layer() + call["hidden"]
        for port in range(PORTS):
            yield call[f"weights_{port}"], call["layers"] * self._layer_bytes
        yield call["parameters"], 4 * parameters
        yield call["rotations"], 4 * call["context"] * call["head_size"]
        for name in ("keys_0", "keys_1", "values_0", "values_1"):
            yield call[name], cache
        yield call["states"], 4 * call["tokens"] * call["hidden"]
        if call.wanted:
            yield from self._head_arrays()

    def _head_arrays(self) -> Iterator[tuple[int, int]]:
        call = self._call
        row = padded_to(PORTS * HEAD_WORD, call["hidden"]) // PORTS
        for port in range(PORTS):
            yield call[f"head_{port}"], call["vocabulary"] * row
        yield call["head_scales"], 4 * padded_vocabulary(call)
        yield call["logits"], 4 * call.wanted * padded_vocabulary(call)

    def _floats(self, name: str, shape: tuple[int, ...], offset: int = 0) -> Floats:
        """Floats to calculate with."""
        return flushed(self._view(name, np.float32, shape, offset))

    def _view(
        self, name: str, dtype: DTypeLike, shape: tuple[int, ...], offset: int = 0
    ) -> NDArray:  # type: ignore[type-arg]
        """An array, or a part of one that starts some bytes into it: memory itself, no copy."""
        first = self._call[name] - self._base + offset
        size = np.dtype(dtype).itemsize * int(np.prod(shape, dtype=np.int64))
        return self._memory[first : first + size].view(dtype).reshape(shape)
