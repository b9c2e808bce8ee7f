"""How fast pages are multiplied, beside numpy's integers and beside merely copying them.

Rates are printed and never asserted; ``make bench`` is where they are looked at.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.npu.decoder import QuantisedDecoder
from tests.backends_nand.npu.drawn_pages import Drawn, drawn_inputs
from tests.backends_nand.npu.written import paged, written
from tests.bench.timing import best_seconds
from tests.decoder.models import random_model

ROWS, INPUTS = 2048, 2048
TRIES = 7


@pytest.mark.parametrize("tokens", [1, 8])
@pytest.mark.parametrize(("bits", "height"), [(8, 64), (4, 128), (2, 256)])
def test_rate(bits: int, height: int, tokens: int) -> None:
    drawn = Drawn(ROWS, INPUTS, height, 256, bits, inverted=True)
    x = drawn_inputs(tokens, INPUTS, 8)
    wide, wide_x = drawn.codes.astype(np.int32), x.astype(np.int32)
    ours = best_seconds(lambda: drawn.sums(x), TRIES)
    plain = best_seconds(lambda: drawn.sums(x, plain=True), TRIES)
    peer = best_seconds(lambda: wide_x @ wide.T, TRIES)
    copying = best_seconds(drawn.store.copy, TRIES)
    print(
        f"\n{bits} bits, {tokens} tokens: {ROWS * INPUTS * tokens / ours / 1e9:.2f} GMAC/s, "
        f"{drawn.store.nbytes / ours / 1e9:.2f} GB/s of pages; ratio to numpy int32 "
        f"{peer / ours:.1f}, to portable C {plain / ours:.1f}, to copying the pages "
        f"{copying / ours:.2f}"
    )
    assert np.array_equal(drawn.sums(x)[0], drawn.wanted(x, cut=False)[0])


def test_a_decoder_of_15_million_parameters(tmp_path: Path) -> None:
    """The sizes of stories15M, in w8a8, through pages of Cambricon-LLM S; one thread."""
    sizes = {"hidden": 288, "intermediate": 768, "layers": 6, "heads": 6, "kv_heads": 6}
    model = random_model(1, **sizes, vocabulary=32000, context=256, ternary=False, sub_norms=False)
    with written(model, tmp_path / "m", "w8a8") as file:
        decoder = QuantisedDecoder(file, paged(file, read_preset("cambricon-s").design))
        logits = np.empty((1, 32000), np.float32)
        decoder.step(np.arange(64, dtype=np.int32), logits)
        token = best_seconds(lambda: decoder.step(np.array([7], np.int32), logits), TRIES)
        decoder.rewind(64)
        block = np.arange(16, dtype=np.int32)
        prompt = best_seconds(lambda: decoder.step(block, logits), TRIES) / len(block)
        weights = sum(matrix.rows * matrix.inputs for matrix in file.shape.matrices())
    print(
        f"\n{weights / 1e6:.1f} M weights: {1 / token:.0f} tokens/s decoding "
        f"({weights / token / 1e9:.1f} GMAC/s in all), {1 / prompt:.0f} tokens/s of a prompt"
    )
    assert np.isfinite(logits).all()
