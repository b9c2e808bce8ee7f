"""Products from pages, as mapping lays them out, against products from the model's codes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgesdk.errors import UsageError
from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.mapping.rounds import matrix_slots
from edgesdk_backends.nand.npu.host_products import HostProducts
from edgesdk_backends.nand.npu.page_products import LARGEST_WEIGHT, PageProducts, shift
from edgesdk_backends.nand.quantise.model_file import ModelFile
from edgesdk_backends.nand.quantise.page_layout import PageLayout
from tests.backends_nand.npu.drawn_pages import drawn_inputs
from tests.backends_nand.npu.written import paged, written
from tests.decoder.models import random_model

PRESETS = ("cambricon-s", "cambricon-l", "aif", "nvme")
SMALL = {"page_bytes": 512, "channels": 4, "chips": 2, "core_buffer_bytes": 256}
SIZES = {"hidden": 96, "intermediate": 200, "vocabulary": 333, "layers": 1}


def design(name: str) -> Design:
    if name == "small":
        return replace(read_preset("cambricon-s").design, **SMALL)
    return read_preset(name).design


@pytest.fixture(scope="module", params=["w8a8", "w4a16", "ternary"])
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    model = random_model(3, ternary=request.param == "ternary", **SIZES)
    return written(model, tmp_path_factory.mktemp("model") / "model.bin", request.param)


@pytest.mark.parametrize("name", [*PRESETS, "small"])
@pytest.mark.parametrize("threads", [1, 3])
def test_sums_are_those_of_the_codes(file: ModelFile, name: str, threads: int) -> None:
    pages, host = paged(file, design(name), threads=threads), HostProducts(file)
    for seed, matrix in enumerate(file.shape.matrices()):
        x = drawn_inputs(3, matrix.inputs, 8 * matrix.activation_bytes, seed)
        exact = x.astype(np.int64) @ file.matrix(matrix.name).astype(np.int64).T
        assert np.array_equal(pages.sums(matrix.name, x), exact)
        assert np.array_equal(host.sums(matrix.name, x), exact)
    assert pages.cut == 0


def test_the_npus_share_changes_no_sum(file: ModelFile) -> None:
    small, host = design("small"), HostProducts(file)
    layout = PageLayout(file.shape, small)
    taken = {
        name: [group.count // 2 for group in matrix_slots(*sizes(file, name), placed.tile)]
        for name, placed in layout.placed.items()
    }
    assert any(sum(slots) for slots in taken.values())
    pages = paged(file, small, taken)
    for name in file.names:
        x = drawn_inputs(2, file.sizes(name).inputs, 8)
        assert np.array_equal(pages.sums(name, x), host.sums(name, x))


def test_without_cores_the_host_multiplies_all_pages(file: ModelFile) -> None:
    layout = PageLayout(file.shape, design("nvme"))
    assert all(placed.placement.by_npu.all() for placed in layout.placed.values())
    pages = paged(file, design("nvme"), results="saturate")
    for name in file.names:
        x = drawn_inputs(1, file.sizes(name).inputs, 16)
        assert np.array_equal(pages.sums(name, x), HostProducts(file).sums(name, x))
    assert pages.cut == 0


def test_results_of_16_bits_are_cut_where_they_do_not_fit(file: ModelFile) -> None:
    """Page by page, by numpy; the NPU's own pages are never cut."""
    small, cuts = design("small"), 0
    layout = PageLayout(file.shape, small)
    pages = paged(file, small, results="saturate")
    for name, placed in layout.placed.items():
        codes, tile = file.matrix(name).astype(np.int64), placed.tile
        x = drawn_inputs(1, codes.shape[1], 16)
        wanted = np.zeros((1, len(codes)), np.int64)
        for row, column in zip(placed.placement.row, placed.placement.column, strict=True):
            rows, inputs = slice(row, row + tile.rows), slice(column, column + tile.inputs)
            part = x[:, inputs].astype(np.int64) @ codes[rows, inputs].T
            cuts += int((part.clip(-(1 << 15), (1 << 15) - 1) != part).sum())
            wanted[:, rows] += part.clip(-(1 << 15), (1 << 15) - 1)
        assert np.array_equal(pages.sums(name, x), wanted)
    assert pages.cut == cuts > 0


@pytest.mark.parametrize("name", ["cambricon-s", "cambricon-l", "small"])
def test_results_in_steps_are_never_cut(file: ModelFile, name: str) -> None:
    """16 bits hold the largest sum of a page; each page adds half a step of error at most."""
    layout, products = (
        PageLayout(file.shape, design(name)),
        paged(file, design(name), results="round"),
    )
    for matrix, placed in layout.placed.items():
        most = {1: 127, 2: 32767}[placed.matrix.activation_bytes]
        weight = file.matrix(matrix).astype(np.int64)
        for x in (np.where(weight[:1] > 0, most, -most), np.full((1, weight.shape[1]), -most)):
            exact = x.astype(np.int64) @ weight.T
            found = products.sums(matrix, x.astype(np.int16))
            pages = -(-weight.shape[1] // placed.tile.inputs)
            step = 2 ** shift(placed)
            assert np.abs(found - exact).max() <= pages * step / 2
            assert not (found % step).any()
            assert placed.tile.inputs * LARGEST_WEIGHT[placed.matrix.bits] * most / step < 32768
    assert products.cut == 0


def test_what_is_in_the_pages_now_counts(tmp_path: Path) -> None:
    """A page that changes under an opened model, as by an error, changes its sums."""
    with written(random_model(3, **SIZES, ternary=False), tmp_path / "m", "w8a8") as file:
        layout = PageLayout(file.shape, design("small"))
        store = np.zeros((layout.count, 512), np.uint8)
        products = PageProducts(layout, store, np.arange(layout.count))
        x = drawn_inputs(1, 96, 8)
        assert not products.sums("head", x).any()
        placed = layout.placed["head"]
        store[placed.first : placed.end] = layout.contents(file, "head")
        assert np.array_equal(products.sums("head", x), HostProducts(file).sums("head", x))


def test_refused(file: ModelFile) -> None:
    small = design("small")
    layout = PageLayout(file.shape, small)
    store, numbers = np.zeros((layout.count, 512), np.uint8), np.arange(layout.count)
    with pytest.raises(UsageError) as error:
        PageProducts(layout, store, numbers, results="rounded")
    assert error.value.id == "EDGE-02266"
    for bad_store, bad_numbers in (
        (store, numbers[:-1]),
        (store, numbers + 1),
        (store, numbers - 1),
        (store[:, :511].copy(), numbers),
        (store[:, ::-1], numbers),
        (store.reshape(-1), numbers),
    ):
        with pytest.raises(UsageError) as error:
            PageProducts(layout, bad_store, bad_numbers)
        assert error.value.id == "EDGE-02267"


def sizes(file: ModelFile, name: str) -> tuple[int, int]:
    matrix = file.sizes(name)
    return matrix.rows, matrix.inputs
