"""The transform in whole numbers against numpy's, of every length that it takes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edgesdk.native import ffi, lib
from edgesdk.sensing.feature_tables import quarter_sine

LONGEST = 16384
LENGTHS = sorted(
    length
    for a in range(13)
    for b in range(8)
    for c in range(6)
    if (length := 4 * 2**a * 3**b * 5**c) <= LONGEST
)
IN_USE = (12800, 4800, 2048, 900)


def transform(samples: NDArray[np.int64]) -> tuple[NDArray[np.complex128], NDArray[np.int32]]:
    """The spectrum, and the numbers that stand for it."""
    length = len(samples)
    table = quarter_sine(length).astype(np.int32)
    fft = ffi.new("struct edge_fft *", (length, ffi.from_buffer("int32_t[]", table)))
    assert lib.edge_fft_check(fft)
    data = np.zeros(length + 2, np.int32)
    data[:length] = samples
    exponent = lib.edge_fft_real(fft, ffi.from_buffer("int32_t[]", data))
    return (data[::2] + 1j * data[1::2]) * 2.0**exponent, data


def decibels(samples: NDArray[np.int64]) -> float:
    """Signal over error, of all bins together."""
    wanted = np.fft.rfft(samples)
    error = np.linalg.norm(transform(samples)[0] - wanted)
    return float(20 * np.log10(np.linalg.norm(wanted) / max(error, 1e-9)))


def noise(length: int, largest: int) -> NDArray[np.int64]:
    return np.random.default_rng(length).integers(-largest, largest + 1, length)


def tone(length: int) -> NDArray[np.int64]:
    return np.rint(32767 * np.cos(2 * np.pi * np.arange(length) * 0.1234)).astype(np.int64)


@pytest.mark.parametrize("length", LENGTHS)
def test_every_length(length: int) -> None:
    """140 dB for noise of full scale, of a few steps and of 31 bits; 130 dB for a sine."""
    for largest in (32767, 3, 2**31 - 1):
        assert decibels(noise(length, largest)) > 140
    assert decibels(tone(length)) > 130


@pytest.mark.parametrize("length", IN_USE)
def test_lengths_in_use(length: int) -> None:
    """148 dB for noise, 130 dB for a lonely sample, whose spectrum is small everywhere."""
    assert decibels(noise(length, 32767)) > 148
    click = np.zeros(length, np.int64)
    click[length // 3] = -20000
    assert decibels(click) > 130


@pytest.mark.parametrize("length", [*IN_USE, 4, 8, 12, 20, 60, 972, 2500, 15360, 16384])
def test_nothing_leaves_31_bits(length: int) -> None:
    """The largest inputs: constants, alternating signs, squares, and what a turn makes longest."""
    square = np.where(np.arange(length) * 5 % length < length / 2, 2**31 - 1, -(2**31))
    turned = np.rint((2**31 - 1) * np.sign(np.cos(np.arange(length) + np.pi / 4)))
    alternating = np.where(np.arange(length) % 2, -(2**31), 2**31 - 1)
    constants = np.full(length, 2**31 - 1), np.full(length, -(2**31))
    for samples in (*constants, alternating, square, turned):
        spectrum, data = transform(samples.astype(np.int64))
        wanted = np.fft.rfft(samples)
        assert np.abs(spectrum - wanted).max() < 1e-7 * np.abs(wanted).max()
        assert np.abs(data[::2] + 1j * data[1::2]).max() < 2**31


def test_silence_stays_silent() -> None:
    assert not transform(np.zeros(900, np.int64))[1].any()


def test_lengths_that_are_refused() -> None:
    assert [n for n in range(LONGEST + 5) if lib.edge_fft_length(n)] == LENGTHS


def test_tables_that_are_refused() -> None:
    """What could make numbers grow: too large, negative, or not beginning with 0."""
    for place, value in ((0, 1), (10, -5), (30, 2**31 - 1)):
        table = quarter_sine(240).astype(np.int32)
        table[place] = value
        fft = ffi.new("struct edge_fft *", (240, ffi.from_buffer("int32_t[]", table)))
        assert not lib.edge_fft_check(fft)
