"""Without errors a correction changes nothing, whatever a page holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgesdk_backends.nand.ecc.page_code import COMPARES, MODES, PageCode
from edgesdk_backends.nand.ecc.statistics import NO_STATISTICS
from tests.backends_nand.ecc.pages import KINDS, page

CODES = [
    PageCode(mode, copies, compare, bits, size, 8192)
    for mode in MODES
    for compare in COMPARES
    for bits, copies, size in ((8, 2, 16384), (8, 3, 128), (4, 2, 16384), (4, 1, 992 + 32))
]


def unchanged(code: PageCode, data: np.ndarray) -> None:  # type: ignore[type-arg]
    codes, seen = code.encode(data), data.copy()
    assert code.correct(seen, codes, codes) == NO_STATISTICS
    assert (seen == data).all()


@pytest.mark.parametrize("code", CODES, ids=str)
def test_every_kind_of_page(code: PageCode) -> None:
    pages = np.array([page(kind, code.page_bytes, seed) for kind in KINDS for seed in range(3)])
    unchanged(code, pages)


@settings(max_examples=150)
@given(st.sampled_from(CODES), st.data())
def test_drawn_pages(code: PageCode, data: st.DataObject) -> None:
    """Few different bytes, so that many tie at the threshold."""
    alphabet = data.draw(st.lists(st.integers(0, 255), min_size=1, max_size=4))
    seed = data.draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(len(alphabet), 0.3))
    content = rng.choice(np.array(alphabet, np.uint8), (2, code.page_bytes), p=shares)
    unchanged(code, content)


def test_ties_go_to_the_lowest_addresses() -> None:
    """200 values of one magnitude, 163 records: the first of them, and no value is lost."""
    data = np.zeros((1, 16384), np.uint8)
    places = np.random.default_rng(1).permutation(16384)[:200]
    data[0, places] = np.where(places % 2, 100, 156)  # 100 and -100
    code = PageCode("exact")
    stored = np.unpackbits(code.encode(data)[0], bitorder="little")[72 : 72 + 35 * 163]
    addresses = stored.reshape(163, 35)[:, :14] @ (1 << np.arange(14))
    assert addresses.tolist() == sorted(places)[:163]
    unchanged(code, data)


@pytest.mark.parametrize("mode", MODES)
def test_threads_and_rows_apart_make_no_difference(mode: str) -> None:
    code = PageCode(mode)
    rows = np.random.default_rng(0).integers(0, 256, (37, 18048), np.uint8)
    data = rows[:, :16384]
    whole = np.ascontiguousarray(data)
    codes = code.encode(whole)
    assert (code.encode(data, threads=3) == codes).all()
    if mode == "none":
        return
    stored = codes ^ (np.random.default_rng(1).random(codes.shape) < 0.02).astype(np.uint8)
    one = code.correct(whole, stored, codes)
    rest = rows[:, 16384:].copy()
    assert code.correct(data, stored, codes, threads=5) == one != NO_STATISTICS
    assert (data == whole).all()
    assert (rows[:, 16384:] == rest).all()
