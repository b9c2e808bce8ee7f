"""Packed weights: each layout by its definition, back again, and what no writer makes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edgesdk_backends.cpu.decoder.native import lib
from tests.backends_cpu.kernels.matrices import (
    BASE3,
    INT4,
    INT8,
    TWO_BIT,
    Packed,
    aligned,
    pack,
    pack_float,
    pointer,
    unpack,
)

LEVELS = np.array([-114, -85, -64, -48, -34, -22, -12, -2, 7, 16, 27, 39, 52, 69, 90, 127])
SHAPES = [(16, 20), (1, 1), (17, 19), (33, 161), (64, 1536), (5, 333)]


def random_codes(rows: int, depth: int, seed: int = 1) -> NDArray[np.int8]:
    return np.random.default_rng(seed).integers(-1, 2, (rows, depth)).astype(np.int8)


def base3_byte(trits: NDArray[np.int64]) -> int:
    """The byte of five trits, as kernels.h defines it."""
    number = int(trits[:4] @ [1, 3, 9, 27])
    fifth = int(trits[4])
    return number | fifth << 6 if number < 64 else 0xC0 | (3 * (number - 64) + fifth)


@pytest.mark.parametrize(("rows", "depth"), SHAPES)
def test_base3_layout(rows: int, depth: int) -> None:
    codes = random_codes(rows, depth)
    blocks = pack(BASE3, codes).blocks.reshape(-1, -(-depth // 20), 16, 4)
    trits = np.ones((len(blocks) * 16, blocks.shape[1] * 20), int)
    trits[:rows, :depth] = codes + 1
    limits = (len(trits), blocks.shape[1], 4)
    for row, block, s in np.random.default_rng(2).integers(0, limits, (200, 3)):
        expected = base3_byte(trits[row, 20 * block + s : 20 * block + 20 : 4])
        assert blocks[row // 16, block, row % 16, s] == expected


@pytest.mark.parametrize(("rows", "depth"), SHAPES)
def test_two_bit_layout(rows: int, depth: int) -> None:
    codes = random_codes(rows, depth)
    blocks = pack(TWO_BIT, codes).blocks.reshape(-1, -(-depth // 16), 16, 4)
    fields = np.ones((len(blocks) * 16, blocks.shape[1], 4, 4), int)
    fields.reshape(len(fields), -1)[:rows, :depth] = codes + 1
    expected = (fields << np.array([0, 2, 4, 6])[:, None]).sum(2)
    assert np.array_equal(blocks.transpose(0, 2, 1, 3).reshape(expected.shape), expected)


@pytest.mark.parametrize("packing", [BASE3, TWO_BIT])
@pytest.mark.parametrize(("rows", "depth"), SHAPES)
def test_back_to_codes(packing: int, rows: int, depth: int) -> None:
    codes = random_codes(rows, depth)
    packed = pack(packing, codes)
    assert np.array_equal(unpack(packed, 0, rows), codes)
    assert np.array_equal(unpack(packed, rows // 2, rows - rows // 2), codes[rows // 2 :])


@pytest.mark.parametrize("packing", [BASE3, TWO_BIT, INT8, INT4])
def test_in_parts_as_at_once(packing: int) -> None:
    rows, depth, begin = 85, 130, 48
    if packing in (BASE3, TWO_BIT):
        codes = random_codes(rows, depth)
        whole, name, function = pack(packing, codes), "int8_t", lib.edge_pack_ternary
    else:
        codes = np.random.default_rng(3).normal(size=(rows, depth)).astype(np.float32)
        whole, name, function = pack_float(packing, codes), "float", lib.edge_pack_float
    blocks, scales = aligned(whole.blocks.size, np.uint8), aligned(rows, np.float32)
    more = () if function is lib.edge_pack_ternary else (pointer("float", scales),)
    for first, part in ((begin, codes[begin:]), (0, codes[:begin])):
        source = pointer(name, part), pointer("uint8_t", blocks)
        function(packing, rows, depth, first, len(part), *source, *more)
    assert np.array_equal(blocks, whole.blocks)
    assert whole.scales is None or np.array_equal(scales, whole.scales)


@pytest.mark.parametrize("packing", [BASE3, TWO_BIT])
def test_every_byte(packing: int) -> None:
    good = 0
    for byte in range(256):
        packed = Packed(packing, 1, 20 if packing == BASE3 else 16, aligned(64, np.uint8, byte))
        codes = unpack(packed, 0, 1)
        if codes is None:
            continue
        good += 1
        assert pack(packing, codes).blocks[0] == byte
    assert good == (3**5 if packing == BASE3 else 3**4)


@pytest.mark.parametrize("packing", [BASE3, TWO_BIT])
def test_padding_is_zero(packing: int) -> None:
    wide = pack(packing, random_codes(16, 17))
    narrow = Packed(packing, 16, 16 if packing == BASE3 else 15, wide.blocks[: 64 * 1])
    assert unpack(narrow, 0, 16) is None


def test_int8_layout() -> None:
    values = np.random.default_rng(4).normal(size=(33, 130)).astype(np.float32)
    values[7] = 0
    packed = pack_float(INT8, values)
    assert packed.scales is not None
    assert np.array_equal(packed.scales, np.abs(values).max(1) / np.float32(127))
    blocks = packed.blocks.reshape(3, -1, 16, 4).transpose(0, 2, 1, 3).reshape(48, -1)
    weights = blocks.astype(np.float32) - 128
    assert np.all(weights[:33, 130:] == 0)
    assert np.all(weights[33:] == 0)
    assert np.abs(weights).max() == 127
    error = np.abs(packed.scales[:, None] * weights[:33, :130] - values)
    assert np.all(error <= packed.scales[:, None] * 0.5001)


def int4_values(packed: Packed) -> NDArray[np.float32]:
    """The weights that the blocks stand for, by the definition in kernels.h."""
    parts = packed.blocks.reshape(packed.groups, -1, 17, 64)
    scales = parts[:, :, 0].copy().view("<f2").reshape(packed.groups, -1, 2, 16).astype(np.float32)
    bytes_ = parts[:, :, 1:].reshape(packed.groups, -1, 2, 8, 16, 4)
    levels = LEVELS[np.stack([bytes_ & 15, bytes_ >> 4], axis=4)]  # g, part, half, b, j, row, s
    weights = levels * scales[:, :, :, None, None, :, None] / 128
    return weights.transpose(0, 5, 1, 2, 3, 4, 6).reshape(16 * packed.groups, -1)


def test_int4_layout() -> None:
    """Close to the weights as 4.25 bits can be: the error that layout.h states."""
    values = np.random.default_rng(5).normal(size=(33, 300)).astype(np.float32)
    values[7] = 0
    weights = int4_values(pack_float(INT4, values))
    assert np.all(weights[7] == 0)
    assert np.all(weights[33:] == 0)
    error = weights[:33, :300] - values
    assert 0.07 < np.linalg.norm(error) / np.linalg.norm(values) < 0.085


@pytest.mark.parametrize("peak", [1e-30, 1e-7, 3e-5, 60000.0, 1e30, 3e38])
@pytest.mark.parametrize("packing", [INT8, INT4])
def test_extreme_weights(packing: int, peak: float) -> None:
    values = np.linspace(-peak, peak, 128, dtype=np.float32)[None]
    packed = pack_float(packing, values)
    if packing == INT4:
        weights = int4_values(packed)[0]
        expected = np.clip(values[0], -65504, 65504) if peak > 65504 else values[0]
        assert np.all(np.isfinite(weights))
        if 1e-7 < peak < 65504:
            assert np.abs(weights - expected).max() < 0.15 * peak
    else:
        assert packed.scales is not None
        assert np.isclose(packed.scales[0] * 127, peak, rtol=1e-6, atol=1e-44)


def test_sizes() -> None:
    assert lib.edge_packed_bytes(BASE3, 1536, 1536) == 96 * 77 * 64
    assert lib.edge_packed_bytes(TWO_BIT, 1536, 1536) == 96 * 96 * 64
    assert lib.edge_packed_bytes(INT8, 17, 1536) == 2 * 384 * 64
    assert lib.edge_packed_bytes(INT4, 16, 2560) * 8 == 16 * 2560 * 4.25
    assert lib.edge_packed_bytes(9, 16, 16) == 0
    assert lib.edge_packed_bytes(BASE3, 16, 0) == 0
    assert lib.edge_packed_bytes(BASE3, 16, lib.EDGE_DEPTH_LIMIT + 1) == 0
    assert lib.edge_packed_bytes(BASE3, 2**32 - 16, lib.EDGE_DEPTH_LIMIT) == (2**28 - 1) * 1639 * 64
    for packing in (BASE3, TWO_BIT, INT8, INT4):
        assert lib.edge_padded_depth(packing, 1281) >= 1281
        assert lib.edge_padded_depth(packing, 1280) == 1280
