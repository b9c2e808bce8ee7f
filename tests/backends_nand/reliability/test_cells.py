"""Wrong bits of cells: deterministic, nested, as often as asked for, spread evenly."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from numpy.typing import NDArray

from edgesdk_backends.nand.reliability.cells import MOST_ROW_BYTES, corrupt
from tests.backends_nand.reliability.cell_oracle import minus_log, wrong_bits

ROW = 16384 + 1664


def drawn(  # type: ignore[no-untyped-def]
    pages: int, rate: float, seed: int = 1, erases: int = 3, width: int = ROW, **more
) -> NDArray[np.uint8]:
    """What is flipped in pages that hold zeros."""
    rows, numbers = np.zeros((pages, width), np.uint8), np.arange(pages)
    erased, rates = np.full(pages, erases), np.full(pages, rate)
    flips = corrupt(rows, numbers, erased, rates, seed, **more)
    assert (np.unpackbits(rows, axis=1).sum(axis=1) == flips).all()
    return rows


@pytest.mark.parametrize("rate", [0.0, 1e-7, 1e-4, 3e-3, 0.07, 0.5])
def test_as_the_oracle_draws(rate: float) -> None:
    for seed, physical, erases, stream in (
        (0, 0, 0, 0),
        (7, 123456789, 2, 0),
        (2**64 - 1, 5, 1, 9),
    ):
        rows = np.zeros((1, 2000), np.uint8)
        where = np.array([physical]), np.array([erases])
        corrupt(rows, *where, np.array([rate]), seed, stream=stream)
        found = set(np.flatnonzero(np.unpackbits(rows[0], bitorder="little")).tolist())
        assert found == wrong_bits(16000, physical, erases, rate, seed, stream)


@pytest.mark.parametrize("x", [1.0, 1 - 2**-53, 0.5, 0.3, 1e-9, 2**-53])
def test_the_logarithm(x: float) -> None:
    assert minus_log(x) == pytest.approx(-np.log(x), rel=1e-14, abs=1e-15)
    assert minus_log(x) >= 0


def test_a_higher_rate_only_adds() -> None:
    before = drawn(30, 0.0)
    assert not before.any()
    for rate in (1e-6, 1e-5, 9e-5, 1e-4, 1.1e-4, 2**-13, 2**-12, 1e-3, 1e-2, 0.1, 0.3, 0.5):
        after = drawn(30, rate)
        assert not (before & ~after).any()
        before = after


@pytest.mark.parametrize(
    ("rate", "pages"), [(1e-6, 1000), (1e-5, 500), (1e-4, 200), (8e-4, 200), (0.02, 20), (0.4, 3)]
)
def test_as_often_as_asked_for(rate: float, pages: int) -> None:
    bits = pages * ROW * 8
    flips = np.unpackbits(drawn(pages, rate)).sum()
    assert abs(flips - bits * rate) < 4 * sqrt(bits * rate * (1 - rate))


@pytest.mark.parametrize(("rate", "flips"), [(1e-4, 13), (2e-4, 26), (8e-4, 105)])
def test_published_flips_of_a_page(rate: float, flips: int) -> None:
    found = np.unpackbits(drawn(300, rate)[:, :16384]).sum() / 300
    assert found == pytest.approx(flips, rel=0.04)


def test_pages_differ_as_by_chance_and_bits_are_spread() -> None:
    rows = np.unpackbits(drawn(400, 2e-4), axis=1)
    per_page = rows.sum(axis=1)
    assert per_page.var() / per_page.mean() == pytest.approx(1, abs=0.3)  # Poisson
    places = np.nonzero(rows)[1]
    counts = np.histogram(places, 32, (0, ROW * 8))[0]
    expected = len(places) / 32
    assert ((counts - expected) ** 2 / expected).sum() < 75  # 31 degrees: one in 20,000
    assert (rows[:200] & rows[200:]).sum() < 10  # 1.2 expected


def test_the_spare_flips_too() -> None:
    assert drawn(100, 1e-3)[:, 16384:].any()


def test_only_counted_bytes_are_counted_and_a_shorter_row_begins_as_a_long_one() -> None:
    numbers, rates = np.arange(20), np.full(20, 1e-3)
    whole, part = np.zeros((20, 18048), np.uint8), np.zeros((20, 16384), np.uint8)
    every = corrupt(whole.copy(), numbers, numbers, rates, 5)
    counted = corrupt(whole, numbers, numbers, rates, 5, counted=16384)
    of_part = corrupt(part, numbers, numbers, rates, 5)
    assert (whole[:, :16384] == part).all()
    assert whole[:, 16384:].any()
    assert (counted == of_part).all()
    assert (np.unpackbits(part, axis=1).sum(axis=1) == counted).all()
    assert counted.sum() < every.sum() == np.unpackbits(whole).sum()


def test_seed_page_erase_and_stream_each_matter() -> None:
    first = drawn(50, 1e-3)
    assert (first == drawn(50, 1e-3)).all()
    for other in (
        drawn(50, 1e-3, seed=2),
        drawn(50, 1e-3, erases=4),
        drawn(50, 1e-3, stream=1),
        np.roll(first, 1, axis=0),
    ):
        common = np.unpackbits(first & other).sum()
        assert common < 30  # 7.2 expected of 7,200


def test_any_share_of_pages_and_threads() -> None:
    """A page's bits are its own: alone, in another order, by more threads, with another width."""
    whole = drawn(64, 1e-3)
    assert (drawn(64, 1e-3, threads=7) == whole).all()
    assert (drawn(64, 1e-3, width=5000) == whole[:, :5000]).all()
    order = np.random.default_rng(1).permutation(64)
    rows = np.zeros((64, ROW), np.uint8)
    corrupt(rows, order, np.full(64, 3), np.full(64, 1e-3), 1)
    assert (rows == whole[order]).all()


def test_each_page_at_its_own_rate_within_its_row() -> None:
    memory = np.zeros((6, ROW + 100), np.uint8)
    rates = np.array([0, 1e-4, 1e-2, 0, 1e-3, 0.5])
    flips = corrupt(memory[:, :ROW], np.arange(6), np.full(6, 3), rates, 1)
    assert (flips[[0, 3]] == 0).all()
    assert not memory[:, ROW:].any()
    for page, rate in enumerate(rates):
        assert (memory[page, :ROW] == drawn(6, rate)[page]).all()


def test_twice_is_not_at_all() -> None:
    rows = np.random.default_rng(0).integers(0, 256, (20, ROW), np.uint8)
    before, numbers = rows.copy(), np.arange(20)
    for _ in range(2):
        corrupt(rows, numbers, numbers, np.full(20, 0.01), 5)
    assert (rows == before).all()


@pytest.mark.parametrize("rate", [-1e-9, 0.6, float("nan"), float("inf")])
def test_wrong_rates_are_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="rates"):
        drawn(2, rate)


def test_wrong_arrays_are_refused() -> None:
    rows, numbers, rates = np.zeros((3, 64), np.uint8), np.arange(3), np.zeros(3)
    with pytest.raises(ValueError, match="one for each of 3"):
        corrupt(rows, numbers[:2], numbers, rates, 0)
    with pytest.raises(ValueError, match="at most"):
        corrupt(np.zeros((1, MOST_ROW_BYTES + 1), np.uint8), numbers[:1], numbers[:1], rates[:1], 0)
    rows.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        corrupt(rows, numbers, numbers, rates, 0)
