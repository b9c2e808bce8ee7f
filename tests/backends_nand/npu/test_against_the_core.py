"""The fast path over many pages against the core of the command layer, page by page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.flash.core import INT4, INT8, TWO_BITS, Core, Request, inputs_told
from edgesdk_backends.nand.quantise.model_file import ModelFile
from edgesdk_backends.nand.quantise.page_layout import PageLayout
from tests.backends_nand.npu.drawn_pages import drawn_inputs
from tests.backends_nand.npu.written import paged, written
from tests.decoder.models import random_model

FORMATS = {8: INT8, 4: INT4, 2: TWO_BITS}
DESIGN = replace(
    read_preset("cambricon-s").design, page_bytes=512, channels=4, core_buffer_bytes=256
)


@pytest.mark.parametrize("weights", ["w8a8", "w4a16", "ternary"])
@pytest.mark.parametrize(("result_bytes", "results"), [(2, "saturate"), (4, "exact")])
def test_the_same_results(tmp_path: Path, weights: str, result_bytes: int, results: str) -> None:
    model = random_model(
        9, ternary=weights == "ternary", hidden=96, intermediate=100, vocabulary=70, layers=1
    )
    design = replace(DESIGN, result_bytes=result_bytes)
    with written(model, tmp_path / "m", weights) as file:
        products = paged(file, design, results=results)
        for name in file.names:
            x = drawn_inputs(1, file.sizes(name).inputs, 8 * file.sizes(name).activation_bytes)
            x //= 16 if file.sizes(name).activation_bytes == 2 else 1  # sums of 32 bits hold them
            wanted = _sums_of_cores(file, PageLayout(file.shape, design), name, x[0], design)
            assert np.array_equal(products.sums(name, x)[0], wanted)
        assert (products.cut > 0) == (results == "saturate")


def _sums_of_cores(
    file: ModelFile, layout: PageLayout, name: str, x: np.ndarray, design: object
) -> np.ndarray:
    """What a controller adds up from the results of each page."""
    placed = layout.placed[name]
    tile, matrix = placed.tile, placed.matrix
    core = Core(design)  # type: ignore[arg-type]
    request = Request(tile.rows, FORMATS[matrix.bits], 0, accumulate=False)
    inputs = np.zeros(
        -(-matrix.inputs // tile.inputs) * tile.inputs, f"<i{matrix.activation_bytes}"
    )
    inputs[: matrix.inputs] = x
    found = np.zeros(-(-matrix.rows // tile.rows) * tile.rows, np.int64)
    places = zip(placed.placement.row, placed.placement.column, strict=True)
    for page, (row, column) in zip(layout.contents(file, name), places, strict=True):
        piece = inputs[column : column + tile.inputs].tobytes()
        told = inputs_told(tile.inputs, matrix.activation_bytes)
        assert core.load(told, piece).name == "NONE"
        assert core.refused(request).name == "NONE"
        result = core.compute(request, page)
        assert isinstance(result, bytes)
        found[row : row + tile.rows] += np.frombuffer(result, f"<i{core.result_bytes}")
    return found[: matrix.rows]
