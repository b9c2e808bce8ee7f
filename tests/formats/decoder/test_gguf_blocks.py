"""Blocks of GGUF: bytes worked out by hand, then gguf-py on random blocks."""

from __future__ import annotations

import numpy as np
import pytest
from gguf import GGMLQuantizationType as Type
from gguf import quants

from edgesdk.errors import UsageError
from edgesdk.formats.gguf.blocks import FLOATS, TERNARY, tq1_0, tq2_0
from edgesdk.formats.gguf.i2s import ARM, ROWS, X86, check_layout, codes, possible
from edgesdk.formats.gguf.types import TYPES

HALF = np.array([0.5], "<f2").tobytes()


def test_tq2_0_known_bytes() -> None:
    packed = bytearray([0b01_01_01_01] * 64)  # all zero
    packed[0] = 0b10_00_01_10  # weights 0, 32, 64, 96: +1, 0, -1, +1
    packed[31] = 0b01_01_01_00  # weight 31: -1
    packed[32] = 0b00_10_01_01  # the second half: 128 and 160 zero, 192: +1, 224: -1
    found, scales = tq2_0(np.frombuffer(bytes(packed) + HALF, np.uint8).reshape(1, 66))
    expected = np.zeros(256, np.int8)
    expected[[0, 96, 192]] = 1
    expected[[64, 31, 224]] = -1
    assert found.tolist() == [expected.tolist()]
    assert scales.tolist() == [0.5]


def test_tq1_0_known_bytes() -> None:
    def byte(*trits: int) -> int:
        """Trits -1, 0, 1, the first with the largest power of three, as a fraction of 256."""
        value = sum((trit + 1) * 3 ** (4 - i) for i, trit in enumerate(trits))
        return -(-value * 256 // 243)

    assert byte(0, 0, 0, 0, 0) == 0x80  # 121 of 243
    assert byte(1, 1, 1, 1, 1) == 0xFF
    packed = bytearray([0x80] * 52)
    packed[3] = byte(1, 0, -1, 0, 1)  # weights 3, 35, 67, 99, 131
    packed[32 + 5] = byte(-1, -1, 0, 1, 1)  # 165, 181, 197, 213, 229
    packed[48 + 2] = byte(0, 1, 0, -1, -1)  # 242, 246, 250, 254; the fifth is not used
    found, scales = tq1_0(np.frombuffer(bytes(packed) + HALF, np.uint8).reshape(1, 54))
    expected = np.zeros(256, np.int8)
    expected[[3, 131, 213, 229, 246]] = 1
    expected[[67, 165, 181, 254]] = -1
    assert found.tolist() == [expected.tolist()]
    assert scales.tolist() == [0.5]


def test_i2_s_known_bytes_in_three_layouts() -> None:
    byte = np.array([0b10_00_01_10], np.uint8)  # +1, -1, 0, +1 from the top
    packed = np.full(64, 0b01_01_01_01, np.uint8)
    packed[1:2] = byte
    expected = {X86: (1, 33, 65, 97), ARM: (1, 17, 33, 49)}
    for layout, places in expected.items():
        found = codes(packed, (2, 128), layout)
        assert [found[0, place] for place in places] == [1, -1, 0, 1]
        assert np.count_nonzero(found) == 3
    found = codes(packed, (4, 64), ROWS)
    assert found[:, 1].tolist() == [1, -1, 0, 1]
    assert np.count_nonzero(found) == 3
    assert codes(np.full(32, 0xFF, np.uint8), (1, 128), X86).max() == 2


def test_which_layouts_a_shape_allows() -> None:
    allowed = {layout: possible(layout, (6, 192)) for layout in (X86, ARM, ROWS)}
    assert allowed == {X86: False, ARM: True, ROWS: False}
    assert possible(X86, (1, 128))
    assert possible(ROWS, (4, 1))
    with pytest.raises(UsageError) as caught:
        check_layout("sideways")
    assert caught.value.id == "EDGE-02112"
    assert check_layout(ARM) == ARM


@pytest.mark.parametrize("kind", sorted({*FLOATS, *TERNARY}))
def test_any_block_is_what_gguf_py_makes_of_it(kind: int) -> None:
    rng = np.random.default_rng(kind)
    layout = TYPES[kind]
    blocks = rng.integers(0, 256, (300, layout.bytes)).astype(np.uint8)
    with np.errstate(all="ignore"):
        expected = quants.dequantize(blocks, Type(kind)).reshape(300, -1)
        if kind in TERNARY:
            found, scales = TERNARY[kind](blocks)
            values = found.astype(np.float32) * scales[:, None]
        else:
            values = FLOATS[kind](blocks)
    assert values.dtype == np.float32
    assert values.shape == (300, layout.block)
    assert np.array_equal(values, expected, equal_nan=True)


@pytest.mark.parametrize("kind", sorted(k for k in TYPES if k in {*FLOATS, *TERNARY}))
def test_sizes_are_those_of_gguf_py(kind: int) -> None:
    import gguf

    assert gguf.GGML_QUANT_SIZES[Type(kind)] == (TYPES[kind].block, TYPES[kind].bytes)
