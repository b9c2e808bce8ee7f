"""Codes as bytes, and rows and inputs as codes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgesdk_backends.nand.quantise.codes import packed, row_bytes, unpacked
from edgesdk_backends.nand.quantise.rows import eight_bits, four_bits
from edgesdk_backends.nand.quantise.smoothing import LARGEST, LEAST_PEAK, STEPS, multipliers


@pytest.mark.parametrize(
    ("bits", "codes", "content"),
    [
        (8, [1, -1, -128, 127], [0x01, 0xFF, 0x80, 0x7F]),
        (4, [1, -1, -8, 7, 5], [0xF1, 0x78, 0x05]),
        (2, [1, -1, 0, 1, -1], [0b01_00_10_01, 0b10]),
    ],
)
def test_bytes_are_as_the_page_says(bits: int, codes: list[int], content: list[int]) -> None:
    given = np.array(codes, np.int8)
    assert packed(given, bits).tolist() == content
    assert unpacked(np.array(content, np.uint8), len(codes), bits).tolist() == codes


def test_of_two_bits_three_is_nothing() -> None:
    assert unpacked(np.array([0xFF], np.uint8), 4, 2).tolist() == [0, 0, 0, 0]


@given(st.sampled_from([8, 4, 2]), st.integers(1, 5), st.integers(1, 33), st.integers(0, 2**31 - 1))
def test_there_and_back(bits: int, rows: int, inputs: int, seed: int) -> None:
    low, high = {8: (-128, 128), 4: (-8, 8), 2: (-1, 2)}[bits]
    codes = np.random.default_rng(seed).integers(low, high, (rows, inputs), np.int8)
    content = packed(codes, bits)
    assert content.shape == (rows, row_bytes(inputs, bits))
    assert np.array_equal(unpacked(content, inputs, bits), codes)


def test_eight_bits_are_half_a_step_away_at_most() -> None:
    values = np.random.default_rng(0).normal(size=(50, 300)).astype(np.float32)
    values[7] = 0
    codes, scales = eight_bits(values)
    assert np.abs(codes).max(axis=1).tolist() == [127] * 7 + [0] + [127] * 42
    assert (np.abs(codes * scales[:, None] - values) <= scales[:, None] * 0.5001).all()


def test_four_bits_have_less_error_than_without_a_clip() -> None:
    values = np.random.default_rng(0).normal(size=(50, 300)).astype(np.float32)
    codes, scales = four_bits(values)
    assert codes.min() == -8 and codes.max() == 7
    peaks = np.abs(values).max(axis=1, keepdims=True)
    plain = np.rint(values / (peaks / 7)).clip(-8, 7) * (peaks / 7)
    errors = np.square(codes * scales[:, None] - values).sum(axis=1)
    plain_errors = np.square(plain - values).sum(axis=1)
    assert (errors <= plain_errors * 1.0001).all()
    assert errors.sum() < 0.75 * plain_errors.sum()


def test_a_row_that_fits_is_not_clipped() -> None:
    values = np.tile(np.arange(-7, 8, dtype=np.float32), (3, 1))
    codes, scales = four_bits(values)
    assert np.allclose(codes * scales[:, None], values)


def test_rows_of_nothing_and_of_almost_nothing() -> None:
    values = np.array([[0, 0], [1e-38, -1e-38]], np.float32)
    for quantise in (eight_bits, four_bits):
        codes, scales = quantise(values)
        assert not codes.any() and np.isfinite(scales).all()


def test_smoothing_shares_the_range() -> None:
    """Both as large, SmoothQuant at a half, to the nearest quarter of an octave."""
    peaks, columns = np.array([100, 8, 4, 2], np.float32), np.array([1, 1, 9, 0], np.float32)
    found = multipliers(peaks, columns)
    assert found.tolist() == pytest.approx([2**-3.25, 2**-1.5, 2**0.5, 1])
    error = np.log2(found * peaks)[:3] - np.log2(columns[:3] / found[:3])
    assert np.abs(error).max() <= 2 / STEPS / 2


def test_an_input_that_calibration_hardly_excites_leaves_the_others_their_range() -> None:
    peaks, columns = np.array([100, 1e-6, 0, 2], np.float32), np.ones(4, np.float32)
    found = multipliers(peaks, columns)
    assert found[1] == found[2] == found[3] == pytest.approx((1 / (100 * LEAST_PEAK)) ** 0.5)


def test_last_bits_of_the_peaks_change_nothing() -> None:
    generator = np.random.default_rng(3)
    peaks = generator.uniform(0.1, 9, 500).astype(np.float32)
    columns = generator.uniform(0.1, 9, 500).astype(np.float32)
    assert (multipliers(peaks, columns) == multipliers(np.nextafter(peaks, 9), columns)).all()


def test_smoothing_has_an_end() -> None:
    found = multipliers(np.array([1e30], np.float32), np.array([1e-9], np.float32))
    assert found.tolist() == pytest.approx([1 / LARGEST], rel=0.1)
    assert multipliers(np.zeros(2, np.float32), np.ones(2, np.float32)).tolist() == [1, 1]
