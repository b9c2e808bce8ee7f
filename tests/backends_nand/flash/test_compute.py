"""READ-COMPUTE: what a die multiplies is what numpy and the fast path multiply."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from edgesdk.errors import InternalFault
from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.ecc.page_code import PageCode
from edgesdk_backends.nand.flash.array import FlashArray
from edgesdk_backends.nand.flash.cells import Refusal
from edgesdk_backends.nand.flash.core import INT4, INT8, TWO_BITS, Request
from edgesdk_backends.nand.flash.region import Page
from edgesdk_backends.nand.mapping.placement import place
from edgesdk_backends.nand.mapping.tile import choose_tile
from edgesdk_backends.nand.npu.page_products import PageProducts
from edgesdk_backends.nand.quantise.page_layout import PlacedMatrix
from edgesdk_backends.nand.quantise.shape import Matrix

BITS = {INT8: 8, INT4: 4, TWO_BITS: 2}
DESIGN = replace(
    read_preset("cambricon-s").design, channels=2, blocks=4, pages=8, factory_bad=0.0
)  # pages of 16 KiB
EXACT = replace(DESIGN, result_bytes=4)
NO_CODE = np.empty(0, np.uint8)


def _codes(weight_format: int, shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    low, high = {INT8: (-128, 128), INT4: (-8, 8), TWO_BITS: (-1, 2)}[weight_format]
    return np.random.default_rng(seed).integers(low, high, shape)


def _packed(codes: np.ndarray, weight_format: int) -> np.ndarray:
    """Lowest bits first; -1 of two bits is code 2."""
    bits = BITS[weight_format]
    plain = np.where(codes == -1, 2, codes) if weight_format == TWO_BITS else codes
    lanes = (plain.reshape(-1, 8 // bits) & ((1 << bits) - 1)) << np.arange(0, 8, bits)
    return lanes.sum(axis=1).astype(np.uint8)


def _one_page(folder: Path, design: Design, data: np.ndarray, **more: Any) -> FlashArray:
    flash = FlashArray(folder, design, **more)
    flash.program("model", [Page(0, 1, 2, data, NO_CODE)])
    return flash


@pytest.mark.parametrize("weight_format", BITS)
@pytest.mark.parametrize("kind", [np.int8, np.int16])
def test_products_of_a_page(tmp_path: Path, weight_format: int, kind: type) -> None:
    inputs = 256 if kind is np.int16 else 1024
    rows = DESIGN.page_bytes * 8 // BITS[weight_format] // inputs
    design = replace(EXACT, core_buffer_bytes=4096)
    codes = _codes(weight_format, (rows, inputs))
    limits = np.iinfo(kind)
    x = np.random.default_rng(1).integers(limits.min, limits.max, inputs, kind, endpoint=True)
    with _one_page(tmp_path, design, _packed(codes, weight_format)) as flash:
        page = int(flash.pages("model")[0])
        assert flash.dies.load_inputs(1, x) == Refusal.NONE
        sums = flash.dies.compute(page, Request(rows, weight_format, 0, False))
        assert (sums == codes @ x.astype(np.int64)).all()
        again = flash.dies.compute(page, Request(rows, weight_format, 0, True))
        assert (again == 2 * (codes @ x.astype(np.int64))).all()


def test_code_3_of_two_bits_is_nothing(tmp_path: Path) -> None:
    with _one_page(tmp_path, EXACT, np.full(DESIGN.page_bytes, 0xFF, np.uint8)) as flash:
        flash.dies.load_inputs(1, np.full(1024, 100, np.int8))
        sums = flash.dies.compute(int(flash.pages("model")[0]), Request(64, TWO_BITS, 0, False))
        assert (sums == np.zeros(64)).all()


def test_two_byte_results_are_cut(tmp_path: Path) -> None:
    codes = np.full((64, 256), 127)
    codes[1], codes[2] = -128, 1
    with _one_page(tmp_path, DESIGN, _packed(codes, INT8)) as flash:
        flash.dies.load_inputs(1, np.full(256, 127, np.int8))
        sums = flash.dies.compute(int(flash.pages("model")[0]), Request(64, INT8, 0, False))
        assert sums[:4].tolist() == [32767, -32768, 127 * 256, 32767]


@pytest.mark.parametrize(
    ("x", "request_", "why"),
    [
        (None, Request(64, INT8, 0, False), Refusal.INPUT),
        (np.zeros(255, np.int8), Request(64, INT8, 0, False), Refusal.INPUT),
        (np.zeros(256, np.int8), Request(64, 3, 0, False), Refusal.FORMAT),
        (np.zeros(256, np.int8), Request(1 << 20, INT8, 0, False), Refusal.FORMAT),
        (np.zeros(256, np.int8), Request(64, INT8, 1, False), Refusal.CORRECTION),
        (np.zeros(256, np.int8), Request(64, INT8, 0, True), Refusal.INPUT),
        (np.zeros(16, np.int8), Request(1024, INT8, 0, False), Refusal.BUFFER),
        (np.zeros(1024, np.int16), Request(16, INT8, 0, False), Refusal.BUFFER),
    ],
)
def test_what_a_core_refuses(
    tmp_path: Path, x: np.ndarray | None, request_: Request, why: Refusal
) -> None:
    with _one_page(tmp_path, DESIGN, np.zeros(DESIGN.page_bytes, np.uint8)) as flash:
        if x is not None:
            assert flash.dies.load_inputs(1, x) == Refusal.NONE
        assert flash.dies.compute(int(flash.pages("model")[0]), request_) == why


def test_inputs_beyond_the_buffer(tmp_path: Path) -> None:
    with FlashArray(tmp_path, DESIGN) as flash:
        assert flash.dies.load_inputs(0, np.zeros(2049, np.int8)) == Refusal.BUFFER


def test_a_die_without_a_core(tmp_path: Path) -> None:
    design = replace(DESIGN, compute=False)
    with _one_page(tmp_path, design, np.zeros(DESIGN.page_bytes, np.uint8)) as flash:
        assert flash.dies.load_inputs(1, np.zeros(256, np.int8)) == Refusal.FORMAT
        page = int(flash.pages("model")[0])
        assert flash.dies.compute(page, Request(64, INT8, 0, False)) == Refusal.FORMAT
        assert (flash.dies.read(page, slices=4) == flash.read(np.array([page]))[0]).all()


def test_time_of_two_planes_in_turn(tmp_path: Path) -> None:
    """The core multiplies one plane's page while the other plane's array is read."""
    with FlashArray(tmp_path, DESIGN) as flash:
        data = np.zeros(DESIGN.page_bytes, np.uint8)
        flash.program("model", [Page(i, 0, 0, data, NO_CODE) for i in range(2)])
        flash.dies.load_inputs(0, np.zeros(256, np.int8))
        die = flash.dies.die(0, 0)
        started = die.now
        for page in flash.pages("model").tolist():
            where = flash.geometry.place(page)
            die.command(0x44)
            row = die.rows.pack(where.page, where.plane, where.block, 0)
            die.address(Request(64, INT8, 0, False).pack() + row)
            die.command(0x45)
        compute_ns = DESIGN.page_bytes / DESIGN.core_gmacs
        assert die.busy_for() == pytest.approx(DESIGN.read_us * 1e3 + 2 * compute_ns)
        assert die.now == started
        with pytest.raises(InternalFault):
            flash.dies.load_inputs(0, np.zeros(256, np.int8))


def _corrected(code: PageCode) -> Any:
    def correct(data: np.ndarray, spare: np.ndarray, mode: int) -> np.ndarray:
        if mode != 1:
            raise KeyError(mode)
        rows = data[None].copy()
        code.correct(rows, np.ascontiguousarray(spare[None, : code.size]))
        return rows[0]

    return correct


def test_the_correction_unit(tmp_path: Path) -> None:
    code = PageCode("exact", page_bytes=DESIGN.page_bytes, spare_bytes=DESIGN.spare_bytes)
    codes = np.random.default_rng(4).normal(0, 9, (64, 256)).round().clip(-128, 127).astype(int)
    codes[5, 7] = 100
    written = _packed(codes, INT8)
    damaged = written.copy()
    damaged[9] ^= 0x80  # a small value becomes one that no record protects
    spare = code.encode(written[None])[0]
    x = np.random.default_rng(5).integers(-128, 128, 256, np.int8)
    expected = codes.copy()
    expected.reshape(-1)[9] = 0
    with FlashArray(tmp_path, EXACT, correct=_corrected(code)) as flash:
        flash.program("model", [Page(0, 1, 2, damaged, spare)])
        flash.dies.load_inputs(1, x)
        page = int(flash.pages("model")[0])
        sums = flash.dies.compute(page, Request(64, INT8, 1, False))
        assert (sums == expected @ x.astype(int)).all()
        raw = flash.dies.compute(page, Request(64, INT8, 0, False))
        assert (raw != sums).any()
        assert flash.dies.compute(page, Request(64, INT8, 2, False)) == Refusal.CORRECTION


@pytest.fixture(params=[(INT8, np.int8), (INT4, np.int16), (TWO_BITS, np.int8)])
def matrix(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A matrix in pages where the mapping wants them, and inputs for it."""
    weight_format, kind = request.param
    tile = choose_tile(EXACT, BITS[weight_format], np.dtype(kind).itemsize)
    rows, inputs = tile.height + 3, tile.width + 5
    codes = _codes(weight_format, (rows, inputs), seed=7)
    placed = place(rows, inputs, tile)
    pages = []
    for number in range(len(placed)):
        block = np.zeros((tile.rows, tile.inputs), np.int64)
        row, column = int(placed.row[number]), int(placed.column[number])
        part = codes[row : row + tile.rows, column : column + tile.inputs]
        block[: part.shape[0], : part.shape[1]] = part
        channel, core = int(placed.channel[number]), int(placed.core[number])
        pages.append(Page(number, channel, core, _packed(block, weight_format), NO_CODE))
    x = np.random.default_rng(8).integers(-100, 100, inputs).astype(kind)
    with FlashArray(tmp_path, EXACT) as flash:
        flash.program("model", pages)
        yield flash, placed, tile, codes, x, weight_format


def test_the_fast_path_computes_what_the_dies_do(matrix: Any) -> None:
    flash, placed, tile, codes, x, weight_format = matrix
    physical = flash.pages("model")
    by_dies = np.zeros(codes.shape[0] + tile.rows, np.int64)
    padded = np.zeros(codes.shape[1] + tile.inputs, x.dtype)
    padded[: len(x)] = x
    for number in range(len(placed)):
        column, row = int(placed.column[number]), int(placed.row[number])
        channel = int(placed.channel[number])
        flash.dies.load_inputs(channel, padded[column : column + tile.inputs])
        request = Request(tile.rows, weight_format, 0, False)
        by_dies[row : row + tile.rows] += flash.dies.compute(int(physical[number]), request)
    expected = codes @ x.astype(np.int64)
    assert (by_dies[: len(expected)] == expected).all()
    layout = _layout(placed, tile, codes.shape, BITS[weight_format], x.dtype.itemsize)
    products = PageProducts(layout, flash.stored, physical, inverted=True)
    assert (products.sums("m", x[None])[0] == expected).all()


def _layout(placed: Any, tile: Any, shape: tuple[int, int], bits: int, activation: int) -> Any:
    """Of one matrix, as ``PageProducts`` reads it."""
    matrix = Matrix("m", *shape, bits, activation)
    return SimpleNamespace(placed={"m": PlacedMatrix(matrix, tile, placed, 0)}, count=len(placed))
