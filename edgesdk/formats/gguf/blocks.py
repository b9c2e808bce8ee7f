"""Blocks of GGUF tensors to codes and floats. Every function takes the bytes of whole blocks.

Layouts: ``quants.py`` of gguf-py, ``ggml-quants.c``; a block's scale is float16, little-endian.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .types import BF16, F16, F32, Q4_0, Q4_K, Q6_K, Q8_0, TQ1_0, TQ2_0

Bytes = NDArray[np.uint8]  # [blocks, bytes of a block]
Codes = NDArray[np.int8]  # [blocks, weights of a block]
Floats = NDArray[np.float32]

_POWERS = np.array([1, 3, 9, 27, 81], np.uint8)


def tq2_0(blocks: Bytes) -> tuple[Codes, Floats]:
    """2 bits a weight. Two halves of 128; byte m of one has weights m, m + 32, m + 64, m + 96."""
    packed = blocks[:, :64].reshape(-1, 2, 1, 32)
    shifts = np.array([0, 2, 4, 6], np.uint8).reshape(1, 1, 4, 1)
    codes = (packed >> shifts & 3).astype(np.int8) - np.int8(1)
    return codes.reshape(-1, 256), _scales(blocks, 64)


def tq1_0(blocks: Bytes) -> tuple[Codes, Floats]:
    """5 trits a byte, as a fraction of 256: the first is the whole part of three times it.

    32 bytes have weights 0 to 159 (m, m + 32, ...), 16 those to 239, and 4 the last 16, four each.
    """
    parts = [
        _trits(blocks[:, begin:end], count)
        for begin, end, count in ((0, 32, 5), (32, 48, 5), (48, 52, 4))
    ]
    return np.concatenate(parts, axis=1), _scales(blocks, 52)


def _trits(packed: Bytes, count: int) -> Codes:
    """[n, bytes] to [n, count * bytes]: the first trit of all bytes, then the second of all."""
    moved = packed[:, None, :] * _POWERS[:count].reshape(1, count, 1)  # modulo 256
    codes: Codes = (moved.astype(np.uint16) * 3 >> 8).astype(np.int8) - np.int8(1)
    return codes.reshape(len(packed), -1)


def q8_0(blocks: Bytes) -> Floats:
    """A scale, then 32 int8."""
    return blocks[:, 2:].view(np.int8).astype(np.float32) * _scales(blocks, 0)[:, None]


def q4_0(blocks: Bytes) -> Floats:
    """A scale, then 32 weights from 0 to 15, less 8; the low halves of 16 bytes come first."""
    codes = _halves(blocks[:, 2:].reshape(-1, 1, 16)).astype(np.float32) - 8
    return codes.reshape(-1, 32) * _scales(blocks, 0)[:, None]


def q4_k(blocks: Bytes) -> Floats:
    """Scale and offset of the block, eight 6-bit pairs of them for 32 weights each, 4-bit codes."""
    packed = blocks[:, 4:16].astype(np.int32).reshape(-1, 3, 4)
    low, high, rest = packed[:, 0], packed[:, 1], packed[:, 2]
    steps = np.concatenate([low & 63, rest & 15 | low >> 6 << 4], axis=1)
    offsets = np.concatenate([high & 63, rest >> 4 | high >> 6 << 4], axis=1)
    codes = _halves(blocks[:, 16:].reshape(-1, 4, 32)).reshape(-1, 8, 32)
    scaled = codes * (_scales(blocks, 0)[:, None] * steps.astype(np.float32))[:, :, None]
    shifts = _scales(blocks, 2)[:, None] * offsets.astype(np.float32)
    return (scaled - shifts[:, :, None]).reshape(-1, 256)


def q6_k(blocks: Bytes) -> Floats:
    """4 low bits, 2 high bits, an int8 step for each 16 weights, and the block's scale."""
    low = _halves(blocks[:, :128].reshape(-1, 2, 64)).reshape(-1, 2, 4, 32)
    shifts = np.array([0, 2, 4, 6], np.uint8).reshape(1, 1, 4, 1)
    high = blocks[:, 128:192].reshape(-1, 2, 1, 32) >> shifts & 3
    codes = (low | high << 4).astype(np.float32) - 32
    steps = blocks[:, 192:208].view(np.int8).astype(np.float32) * _scales(blocks, 208)[:, None]
    return (codes.reshape(-1, 16, 16) * steps[:, :, None]).reshape(-1, 256)


def _halves(packed: Bytes) -> NDArray[np.uint8]:
    """[..., bytes] to [..., 2, bytes]: the low four bits of all, then the high ones."""
    return np.stack([packed & 15, packed >> 4], axis=-2)


def _scales(blocks: Bytes, at: int) -> Floats:
    pair = np.ascontiguousarray(blocks[:, at : at + 2])
    return pair.view("<f2").reshape(-1).astype(np.float32)


def _bf16(blocks: Bytes) -> Floats:
    words: NDArray[np.uint32] = blocks.view("<u2").astype(np.uint32) << np.uint32(16)
    return words.view(np.float32)


TERNARY: dict[int, Callable[[Bytes], tuple[Codes, Floats]]] = {TQ1_0: tq1_0, TQ2_0: tq2_0}
FLOATS: dict[int, Callable[[Bytes], Floats]] = {
    F32: lambda blocks: blocks.view("<f4").astype(np.float32, copy=False),
    F16: lambda blocks: blocks.view("<f2").astype(np.float32),
    BF16: _bf16,
    Q4_0: q4_0,
    Q8_0: q8_0,
    Q4_K: q4_k,
    Q6_K: q6_k,
}
