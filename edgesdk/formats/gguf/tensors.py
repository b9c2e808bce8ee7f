"""Tensors of a GGUF file as ternary or dense layers, decoded a piece at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...decoder.weights import Dense, Linear, Ternary
from ...errors import ModelRefused
from ..decoder_checks import check_codes, check_floats, check_scale, missing, wrong_shape
from .blocks import FLOATS, TERNARY
from .frame import GgufFile, GgufTensor
from .i2s import codes as i2s_codes
from .types import F16, I2_S, TL1, TL2, TYPES, type_name

_CHUNK = 1 << 20  # weights that are decoded at a time


class GgufTensors:
    """The tensors of a file by name. ``layout`` is how its I2_S tensors are packed."""

    def __init__(self, frame: GgufFile, layout: str) -> None:
        self._frame, self.layout = frame, layout

    def __contains__(self, name: str) -> bool:
        return name in self._frame.tensors

    def entry(self, name: str) -> GgufTensor:
        """The tensor's place. Raises ``ModelRefused`` (EDGE-02103)."""
        if name not in self._frame.tensors:
            raise missing(name, self._frame.file.name)
        return self._frame.tensors[name]

    def check(self, name: str, shape: tuple[int, ...]) -> None:
        """Raises ``ModelRefused`` (EDGE-02103, 02104, 02108) unless it is there and readable."""
        tensor = self.entry(name)
        if tensor.shape != shape:
            raise wrong_shape(name, tensor.describe(), str(list(shape)))
        if tensor.type not in TYPES or (tensor.type == I2_S and len(shape) != 2):
            raise _unreadable(tensor)

    def floats(self, name: str) -> NDArray[Any]:
        """float32; a float16 tensor stays one."""
        tensor = self.entry(name)
        if tensor.type in TERNARY or tensor.type == I2_S:
            return check_floats(_widened(self._ternary(tensor)), name)
        if tensor.type == F16:
            stored = self._frame.file.array(tensor.offset, "<f2", tensor.shape)
            return check_floats(stored, name)
        return check_floats(self._dense(tensor), name)

    def linear(self, name: str) -> Linear:
        """Ternary where the weights are -s, 0 and s for one s in all the tensor, dense elsewhere.

        A ``.scale`` tensor beside it multiplies what the layer gives.
        """
        tensor = self.entry(name)
        factor = self._factor(name)
        if tensor.type in TERNARY or tensor.type == I2_S:
            codes, scales = self._ternary(tensor)
            scale = _uniform(scales)
            if scale is not None:
                return Ternary(check_codes(codes, name), check_scale(scale * factor, name))
            floats = check_floats(_widened((codes, scales)), name)
        else:
            floats = self.floats(name).astype(np.float32, copy=False)
        return _three_values(floats, factor, name)

    def packed(self, tensor: GgufTensor) -> NDArray[np.uint8]:
        """The bytes of an I2_S tensor without its tail."""
        size = math.prod(tensor.shape) // 4
        return self._frame.file.array(tensor.offset, np.uint8, (size,))

    def _factor(self, name: str) -> float:
        scale = name.removesuffix(".weight") + ".scale"
        if scale not in self:
            return 1.0
        self.check(scale, (1,))
        return check_scale(float(self.floats(scale)[0]), scale)

    def _ternary(self, tensor: GgufTensor) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        """Codes [out, in], and one scale, or one for each block: [out, blocks of a row]."""
        rows, columns = _matrix(tensor)
        if tensor.type == I2_S:
            scale = self._frame.file.array(tensor.offset + rows * columns // 4, "<f4", (1, 1))
            packed = self.packed(tensor)
            return i2s_codes(packed, (rows, columns), self.layout), scale.astype(np.float32)
        kind = TYPES[tensor.type]
        codes = np.empty((rows * columns // kind.block, kind.block), np.int8)
        scales = np.empty(len(codes), np.float32)
        for begin, end, blocks in self._pieces(tensor):
            codes[begin:end], scales[begin:end] = TERNARY[tensor.type](blocks)
        codes[scales == 0] = 0
        return codes.reshape(rows, columns), scales.reshape(rows, -1)

    def _dense(self, tensor: GgufTensor) -> NDArray[np.float32]:
        if tensor.type not in FLOATS:
            raise _unreadable(tensor)
        kind = TYPES[tensor.type]
        floats = np.empty((math.prod(tensor.shape) // kind.block, kind.block), np.float32)
        with np.errstate(over="ignore", invalid="ignore"):  # the caller looks at the values
            for begin, end, blocks in self._pieces(tensor):
                floats[begin:end] = FLOATS[tensor.type](blocks)
        return floats.reshape(tensor.shape)

    def _pieces(self, tensor: GgufTensor) -> Iterator[tuple[int, int, NDArray[np.uint8]]]:
        """Numbers of blocks, from and to, and their bytes."""
        kind = TYPES[tensor.type]
        count = math.prod(tensor.shape) // kind.block
        step = max(1, _CHUNK // kind.block)
        for begin in range(0, count, step):
            end = min(count, begin + step)
            at = tensor.offset + begin * kind.bytes
            yield begin, end, self._frame.file.array(at, np.uint8, (end - begin, kind.bytes))


def _matrix(tensor: GgufTensor) -> tuple[int, int]:
    return math.prod(tensor.shape[:-1]), tensor.shape[-1]


def _uniform(scales: NDArray[np.float32]) -> float | None:
    """The one scale of all blocks; a block of zeros may have the scale 0. None for several."""
    used = scales[scales != 0]
    if not used.size:
        return 0.0  # which the check of scales refuses
    return float(used[0]) if bool((used == used[0]).all()) else None


def _widened(ternary: tuple[NDArray[np.int8], NDArray[np.float32]]) -> NDArray[np.float32]:
    codes, scales = ternary
    blocks = codes.reshape(*scales.shape, -1).astype(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # the caller looks at the values
        blocks *= scales[..., None]
    return blocks.reshape(codes.shape)


def _three_values(floats: NDArray[np.float32], factor: float, name: str) -> Linear:
    """Ternary where there are no values but -s, 0 and s: a converter may keep such as floats."""
    scale = np.abs(floats[0]).max()
    if scale > 0 and all(_is_ternary(part, scale) for part in (floats[:1], floats)):
        codes = np.sign(floats).astype(np.int8)
        return Ternary(check_codes(codes, name), check_scale(float(scale) * factor, name))
    with np.errstate(over="ignore"):
        return Dense(check_floats(floats * np.float32(factor), name) if factor != 1 else floats)


def _is_ternary(floats: NDArray[np.float32], scale: np.float32) -> bool:
    return bool(((floats == 0) | (np.abs(floats) == scale)).all())


def _unreadable(tensor: GgufTensor) -> ModelRefused:
    """The refusal of a type whose layout is not known here (EDGE-02108)."""
    tiled = tensor.type in (TL1, TL2)
    why = (
        "its weights lie in tiles whose sizes are in a file of the program that made it"
        if tiled
        else f"the types that are read: {', '.join(kind.name for kind in TYPES.values())}"
    )
    return ModelRefused(
        f"The type of {tensor.name[:80]} is not read: {type_name(tensor.type)}",
        evidence=why,
        next_step="Convert the original model to TQ2_0, TQ1_0 or I2_S, or give its folder",
        code=108,
    )
