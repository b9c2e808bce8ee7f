"""What is left after correction, against the paper's formula, by many drawn errors."""

from __future__ import annotations

from math import comb, sqrt

import numpy as np
import pytest

from edgesdk_backends.nand.ecc.page_code import PageCode
from edgesdk_backends.nand.reliability.cells import corrupt
from tests.backends_nand.ecc.pages import page

VALUE = 40  # inside any threshold below, so that only votes decide


def left(copies: int, rate: float) -> float:
    """The paper: a bit stays wrong where most of its copies and itself are."""
    votes = copies + 1
    most = range(votes // 2 + 1, votes + 1)
    return sum(comb(votes, k) * rate**k * (1 - rate) ** (votes - k) for k in most)


@pytest.mark.parametrize(
    ("copies", "rate", "leading"), [(2, 0.01, 3 * 0.01**2), (4, 0.03, 10 * 0.03**3)]
)
def test_bits_of_protected_values(copies: int, rate: float, leading: float) -> None:
    """3x^2 for two copies and 10x^3 for four. Errors in values and copies only; 652,000 bits."""
    pages, code = 500, PageCode("paper", copies)
    data = np.repeat(page("bell", 16384, 2)[None], pages, axis=0)
    written = code.encode(data)
    records = np.unpackbits(written[0], bitorder="little")[72 : code.bits].reshape(163, -1)
    addresses = records[:, :14] @ (1 << np.arange(14))
    rng, stored, seen = np.random.default_rng(5), written.copy(), data.copy()
    mask = np.zeros((pages, 8 * code.size), np.uint8)
    inside = mask[:, 72 : code.bits].reshape(pages, 163, -1)
    inside[:, :, 19:] = rng.random((pages, 163, 8 * copies)) < rate
    stored ^= np.packbits(mask, axis=1, bitorder="little")
    flips = np.packbits(rng.random((pages, 163, 8)) < rate, axis=2, bitorder="little")[:, :, 0]
    seen[:, addresses] ^= flips
    code.correct(seen, stored, written)
    wrong = np.unpackbits(seen[:, addresses] ^ data[:, addresses]).sum()
    bits = pages * 163 * 8
    expected = bits * left(copies, rate)
    assert abs(wrong - expected) < 4 * sqrt(expected)
    assert left(copies, rate) == pytest.approx(leading, rel=0.1)
    # Without a vote all flips would stay.
    assert np.unpackbits(flips).sum() == pytest.approx(bits * rate, rel=0.05)


@pytest.mark.parametrize(("mode", "field"), [("paper", 19), ("secded", 20)])
def test_lost_records(mode: str, field: int) -> None:
    """2.5 records a page at 1e-2: those with two wrong bits or more in address and check."""
    pages, rate = 400, 1e-2
    code = PageCode(mode)
    data = np.repeat(page("bell", 16384, 3)[None], pages, axis=0)
    written = code.encode(data)
    stored = written.copy()
    numbers = np.arange(pages)
    corrupt(stored, numbers, numbers, np.full(pages, rate), 4)
    lost = 1 - (1 - rate) ** field - field * rate * (1 - rate) ** (field - 1)
    expected = 163 * pages * lost
    statistics = code.correct(data, stored, written)
    assert expected / pages == pytest.approx(2.5, rel=0.12)
    # Three wrong bits, a twentieth of all, mostly look like one to six check bits.
    dropped = statistics.dropped + statistics.miscorrected
    assert abs(dropped - expected) < 4 * sqrt(expected)
    assert (statistics.miscorrected > 0) == (mode == "secded")


def test_unprotected_sign_flips_are_zeroed_by_magnitude() -> None:
    """A flipped sign bit of a small value makes a huge one, which the threshold stops."""
    data = np.full((1, 16384), VALUE, np.uint8)
    data[0, :163] = 100
    for compare, zeroed in (("magnitude", 1), ("signed", 0)):
        code, seen = PageCode("exact", compare=compare), data.copy()
        codes = code.encode(data)
        seen[0, 5000] ^= 0x80  # 40 - 128: -88, within 100 of 0
        assert code.correct(seen, codes, codes).zeroed == 0
        seen[0, 6000] = 0x80  # -128
        assert code.correct(seen, codes, codes).zeroed == zeroed
        assert seen[0, 6000] == (0 if zeroed else 0x80)


def test_the_first_of_two_records_with_one_address_holds() -> None:
    code = PageCode("exact")
    data = np.zeros((1, 16384), np.uint8)
    data[0, :163] = np.arange(163) % 100 + 20
    written = code.encode(data)
    bits = np.unpackbits(written, axis=1, bitorder="little")
    records = bits[0, 72 : code.bits].reshape(163, 35)
    records[9, :19] = records[4, :19]  # the tenth now says that it is the fifth
    stored = np.packbits(bits, axis=1, bitorder="little")
    seen = data.copy()
    seen[0, 4] = 0
    statistics = code.correct(seen, stored, written)
    assert seen[0, 4] == data[0, 4]
    assert statistics.miscorrected == 1
