"""Every one and every pair of wrong bits in an address and in a word."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from edgesdk_backends.nand.ecc.page_code import PageCode
from edgesdk_backends.nand.ecc.statistics import Statistics
from tests.backends_nand.ecc.pages import page

RECORD = 50  # whose address is attacked


def attacked(code: PageCode, wrong: list[tuple[int, ...]]) -> tuple[Statistics, NDArray[np.uint8]]:
    """One page for each set of wrong bits in a record's address field; the pages and counts."""
    data = np.repeat(page("bell", 16384, 1)[None], len(wrong), axis=0)
    written = code.encode(data)
    stored = written.copy()
    field = 14 + 5 + (code.mode == "secded")
    for row, bits in enumerate(wrong):
        for bit in bits:
            place = 72 + RECORD * (field + 16) + bit
            stored[row, place // 8] ^= 1 << place % 8
    return code.correct(data, stored, written), data


@pytest.mark.parametrize("mode", ["paper", "exact", "secded"])
def test_one_wrong_bit_of_an_address_is_corrected(mode: str) -> None:
    singles = [(bit,) for bit in range(20 if mode == "secded" else 19)]
    statistics, data = attacked(PageCode(mode), singles)
    assert statistics == Statistics(fixed=len(singles))
    assert (data == page("bell", 16384, 1)).all()


def test_most_pairs_are_miscorrected_by_five_check_bits() -> None:
    """123 of 171, 72 %: what the paper calls dropped, five bits cannot find."""
    pairs = list(combinations(range(19), 2))
    statistics, _ = attacked(PageCode("exact"), pairs)
    assert len(pairs) == 171
    assert (statistics.miscorrected, statistics.dropped) == (123, 48)
    assert statistics.fixed == 0


@pytest.mark.parametrize(("mode", "bits", "pairs"), [("paper", 19, 171), ("secded", 20, 190)])
def test_all_pairs_are_dropped(mode: str, bits: int, pairs: int) -> None:
    statistics, _ = attacked(PageCode(mode), list(combinations(range(bits), 2)))
    assert (statistics.dropped, statistics.miscorrected, statistics.fixed) == (pairs, 0, 0)


def test_words_correct_one_and_find_two() -> None:
    """All 137 single errors and all 9,316 pairs of a word."""
    code = PageCode("words", page_bytes=128, spare_bytes=128)
    wrong = [*combinations(range(137), 1), *combinations(range(137), 2)]
    word = np.arange(16, dtype=np.uint8) * 37
    data = np.repeat(np.r_[word, np.zeros(112, np.uint8)][None], len(wrong), axis=0)
    stored = code.encode(data)
    rows = np.repeat(np.arange(len(wrong)), [len(bits) for bits in wrong])
    places = np.array([bit for bits in wrong for bit in bits])
    for array, first in ((data, 0), (stored, 128)):
        ours = (places >= 128) if first else (places < 128)
        at = places[ours] - first
        np.bitwise_xor.at(array, (rows[ours], at // 8), (1 << at % 8).astype(np.uint8))
    before = data.copy()
    statistics = code.correct(data, stored)
    assert statistics == Statistics(words_fixed=137, words_lost=9316)
    assert (data[:137, :16] == word).all()
    assert (data[137:] == before[137:]).all()


def test_words_that_look_like_one_wrong_bit_and_are_not() -> None:
    """Three wrong bits of the data: some name a bit beyond the word, the others a fourth bit."""
    code, rng = PageCode("words", page_bytes=128, spare_bytes=128), np.random.default_rng(1)
    original = rng.integers(0, 256, (500, 128), np.uint8)
    stored, data = code.encode(original), original.copy()
    for row in data:
        for bit in rng.choice(128, 3, replace=False):
            row[bit // 8] ^= 1 << bit % 8
    unknown = code.correct(data.copy(), stored)
    found = code.correct(data, stored, original=original)
    assert (data[:, :16] != original[:, :16]).any(axis=1).all()
    assert found.words_fixed == 0
    assert found.words_miscorrected + found.words_lost == 500
    assert found.words_miscorrected > 200
    lost = found.words_lost
    assert unknown == Statistics(words_fixed=500 - lost, words_lost=lost)
