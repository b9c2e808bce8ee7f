"""Every form of the kernels that this machine runs, against plain C; plain C against numpy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from edgesdk_backends.cpu.decoder.native import ffi, lib
from tests.backends_cpu.kernels.matrices import (
    BASE3,
    FORMS,
    HERE,
    INT4,
    INT8,
    TWO_BIT,
    Packed,
    pack,
    pack_float,
)
from tests.backends_cpu.kernels.test_packing import int4_values

TERNARY = [BASE3, TWO_BIT]
# Around the steps of each packing, of each form's inner loops and of its sums in 16 bits.
DEPTHS = [1, 4, 16, 20, 21, 63, 64, 79, 81, 160, 256, 257, 320, 336, 520, 1536, 2567]


def ternary_cases(depth: int) -> Iterator[tuple[str, NDArray[np.int8], NDArray[np.int8]]]:
    """Weights [80, depth] and vectors [9, depth]: random, and as large as sums can become."""
    random = np.random.default_rng(depth)
    x = random.integers(-128, 128, (9, depth)).astype(np.int8)
    yield "random", random.integers(-1, 2, (80, depth)).astype(np.int8), x
    signs = np.where(random.integers(0, 2, (1, depth)) > 0, 127, -128).astype(np.int8)
    for weight in (1, -1, 0):
        yield f"all {weight}, 127", np.full((80, depth), weight, np.int8), np.full_like(x, 127)
        yield f"all {weight}, -128", np.full((80, depth), weight, np.int8), np.full_like(x, -128)
    yield "as signs", np.repeat(np.sign(signs), 80, 0), np.repeat(signs, 9, 0)


def exact(codes: NDArray[np.int8], x: NDArray[np.int8]) -> NDArray[np.int64]:
    """The products [n, rows] in integers."""
    return (x.astype(np.float64) @ codes.T.astype(np.float64)).astype(np.int64)


@pytest.mark.parametrize("packing", TERNARY)
@pytest.mark.parametrize("form", ["plain", *HERE])
def test_ternary_vector(form: str, packing: int) -> None:
    for depth in DEPTHS:
        for name, codes, x in ternary_cases(depth):
            got = pack(packing, codes).vector(form, x[0])
            assert np.array_equal(got, exact(codes, x[:1])[0]), (depth, name)


@pytest.mark.parametrize("packing", TERNARY)
@pytest.mark.parametrize("form", ["plain", *HERE])
def test_ternary_matrix(form: str, packing: int) -> None:
    for depth in DEPTHS if form != "plain" else DEPTHS[:12]:
        for name, codes, x in ternary_cases(depth):
            got = pack(packing, codes).tile(form, x, 1, 4)
            assert np.array_equal(got, exact(codes[16:], x)), (depth, name)


@pytest.mark.parametrize("packing", TERNARY)
@pytest.mark.parametrize("form", ["plain", *HERE])
def test_parts_of_a_matrix(form: str, packing: int) -> None:
    """Any run of groups, any number of columns; rows that complete a group give zero."""
    random = np.random.default_rng(1)
    codes = random.integers(-1, 2, (70, 333)).astype(np.int8)
    x = random.integers(-128, 128, (27, 333)).astype(np.int8)
    packed = pack(packing, codes)
    expected = np.pad(exact(codes, x), ((0, 0), (0, 10)))
    for first in range(5):
        for count in range(1, 6 - first):
            rows = slice(16 * first, 16 * (first + count))
            assert np.array_equal(packed.vector(form, x[0], first, count), expected[0, rows])
    for columns in range(1, 28):
        assert np.array_equal(packed.tile(form, x[:columns], 0, 4), expected[:columns, :64])
        for first, count in ((4, 1), (1, 2), (2, 3)):
            got = packed.tile(form, x[:columns], first, count)[:, : 16 * count]
            assert np.array_equal(got, expected[:columns, 16 * first : 16 * (first + count)])


@pytest.mark.parametrize("packing", TERNARY)
@pytest.mark.parametrize("form", ["plain", *HERE])
@pytest.mark.parametrize("weight", [1, -1])
@pytest.mark.parametrize("value", [127, -128])
def test_deepest_sums(form: str, packing: int, weight: int, value: int) -> None:
    """Every weight and every activation as large as it can be, as deep as a matrix can be."""
    for depth in (8192, lib.EDGE_DEPTH_LIMIT):
        packed = pack(packing, np.full((16, depth), weight, np.int8))
        x = np.full((2, depth), value, np.int8)
        assert np.all(packed.vector(form, x[0]) == weight * value * depth)
        assert np.all(packed.tile(form, x, 0, 1)[:, :16] == weight * value * depth)


def head_inputs(depth: int) -> Iterator[tuple[Packed, NDArray[np.int32]]]:
    random = np.random.default_rng(depth)
    x = random.integers(-16320, 16320, depth).astype(np.int32)
    values = random.normal(size=(37, depth)).astype(np.float32)
    for packing in (INT8, INT4):
        yield pack_float(packing, values), x
        for value in (-16256 - 64, 16256 + 63):
            full = np.full_like(values, -3.0)
            yield pack_float(packing, full), np.full(depth, value, np.int32)


@pytest.mark.parametrize("depth", [1, 64, 130, 256, 1536, 2560])
def test_plain_head(depth: int) -> None:
    for packed, x in head_inputs(depth):
        if packed.packing == INT4:
            weights = int4_values(packed)
        else:
            assert packed.scales is not None
            blocks = packed.blocks.reshape(packed.groups, -1, 16, 4).transpose(0, 2, 1, 3)
            weights = blocks.reshape(48, -1).astype(np.float64) - 128
            weights *= np.pad(packed.scales, (0, 11))[:, None]
        expected = weights[:37, :depth].astype(np.float64) @ x * 0.37
        got = packed.head("plain", x, 0.37)
        size = np.abs(weights[:37, :depth].astype(np.float64)) @ np.abs(x) * 0.37
        assert np.all(np.abs(got[:37] - expected) <= 3e-6 * size)
        assert np.all(got[37:] == 0)


@pytest.mark.parametrize("form", HERE or ["plain"])
def test_head(form: str) -> None:
    """To the bit, for any run of groups."""
    for depth in (1, 4, 20, 64, 128, 130, 256, 500, 1536, 2560):
        for packed, x in head_inputs(depth):
            expected = packed.head("plain", x, 0.37)
            assert np.array_equal(packed.head(form, x, 0.37).view("u4"), expected.view("u4"))
            part = packed.head(form, x, 0.37, 1, 1)
            assert np.array_equal(part.view("u4"), expected[16:32].view("u4"))


@pytest.mark.parametrize("form", HERE or ["plain"])
@pytest.mark.parametrize("value", [127 * 128 + 63, -128 * 128 - 64])
def test_deepest_head(form: str, value: int) -> None:
    for packing in (INT8, INT4):
        packed = pack_float(packing, np.full((16, lib.EDGE_DEPTH_LIMIT), 1.0, np.float32))
        x = np.full(lib.EDGE_DEPTH_LIMIT, value, np.int32)
        expected = packed.head("plain", x, 1.0)
        assert np.array_equal(packed.head(form, x, 1.0).view("u4"), expected.view("u4"))


def test_choice() -> None:
    """The first of the forms that runs; none by another name."""
    assert ffi.string(lib.edge_form_chosen()).decode() == [*HERE, "plain"][0]
    assert lib.edge_form_runs(b"plain")
    assert not lib.edge_form_runs(b"no-such-form")
    assert set(HERE) <= set(FORMS)
