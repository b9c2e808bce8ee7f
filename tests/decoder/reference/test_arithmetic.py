"""The steps of the reference, each against plain numbers or plain loops."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edgesdk.decoder.config import ADJACENT, HALVES, RELU2, SILU, rope_frequencies
from edgesdk.decoder.reference_arithmetic import (
    activate,
    attend,
    quantise,
    rms_norm,
    rotate,
    ternary_sums,
)

FLOAT32_LIMIT = 2**24 // 128  # inputs up to which float32 holds every sum


def test_rms_norm_of_known_numbers() -> None:
    x = np.array([[3, 4], [0, 0]], np.float32)
    found = rms_norm(x, np.array([1, 2], np.float32), 0.5)
    root = math.sqrt(12.5 + 0.5)
    np.testing.assert_allclose(found, [[3 / root, 8 / root], [0, 0]], rtol=1e-6)
    assert found.dtype == np.float32


def test_codes_round_to_even_and_the_largest_is_127() -> None:
    x = np.array([[127, 0.5, 1.5, -0.5, -2.5, 3]], np.float32)
    codes, absmax = quantise(x)
    assert codes.tolist() == [[127, 0, 2, 0, -2, 3]]
    assert codes.dtype == np.int8
    assert absmax.tolist() == [[127]]


def test_each_token_has_a_scale_of_its_own_and_zeros_stay_zeros() -> None:
    codes, absmax = quantise(np.array([[1, -1], [0, 0], [1e-7, -1e-5]], np.float32))
    assert codes.tolist() == [[127, -127], [0, 0], [1, -127]]
    np.testing.assert_array_equal(absmax[:, 0], np.array([1, 1e-5, 1e-5], np.float32))


@pytest.mark.parametrize("depth", [FLOAT32_LIMIT, FLOAT32_LIMIT + 1, 3 * FLOAT32_LIMIT])
def test_sums_are_exact_where_they_are_largest(depth: int) -> None:
    """The worst case on both sides of the limit, and sums that are as far from round as can be."""
    codes = np.ones((3, depth), np.int8)
    codes[1] = -1
    codes[2, 1::2] = -1
    q = np.full((3, depth), -128, np.int8)
    q[1, 0] = 127
    q[2] = np.random.RandomState(0).randint(-128, 128, depth)
    expected = [[int(np.dot(a.astype(np.int64), b)) for b in codes] for a in q]
    assert expected[0][0] == -128 * depth
    assert ternary_sums(codes, q).tolist() == expected


def test_sums_of_drawn_codes_are_those_of_int64() -> None:
    random = np.random.RandomState(1)
    for rows, depth, count in [(1, 1, 1), (7, 333, 5), (64, 6912, 3), (33, 4096, 1)]:
        codes = random.randint(-1, 2, (rows, depth)).astype(np.int8)
        q = random.randint(-128, 128, (count, depth)).astype(np.int8)
        np.testing.assert_array_equal(ternary_sums(codes, q), q.astype(np.int64) @ codes.T)


def test_the_exact_limit_is_where_float32_begins_to_skip_integers() -> None:
    assert np.float32(128 * FLOAT32_LIMIT - 1) != np.float32(128 * FLOAT32_LIMIT)
    assert np.float32(128 * FLOAT32_LIMIT + 1) == np.float32(128 * FLOAT32_LIMIT)


@pytest.mark.parametrize(("pairing", "pair"), [(HALVES, (1, 4)), (ADJACENT, (2, 3))])
def test_rope_turns_each_pair_by_its_own_angle(pairing: str, pair: tuple[int, int]) -> None:
    """The second pair (index 1) of a head of 6, by complex numbers."""
    x = np.random.RandomState(2).uniform(-1, 1, (3, 2, 6)).astype(np.float32)
    positions = np.array([0, 5, 40])
    frequencies = np.array(rope_frequencies(6, 100.0), np.float32)
    found = rotate(x, positions, frequencies, pairing)
    a, b = pair
    turns = np.exp(1j * positions * float(frequencies[1]))[:, None]
    expected = (x[..., a] + 1j * x[..., b]) * turns
    np.testing.assert_allclose(found[..., a] + 1j * found[..., b], expected, atol=1e-6)
    np.testing.assert_array_equal(found[0], x[0])


def test_attention_of_one_seen_token_is_its_value() -> None:
    query = np.full((2, 3, 4), 50, np.float32)
    values = np.arange(8, dtype=np.float32).reshape(2, 1, 4)
    found = attend(query, np.ones((2, 1, 4), np.float32), values)
    np.testing.assert_array_equal(found, np.repeat(values, 3, axis=1))


def test_attention_weighs_by_the_softmax_of_scaled_products() -> None:
    query = np.array([[[2.0, 0, 0, 0]]], np.float32)  # scaled by 1 / sqrt(4)
    keys = np.array([[[0, 9, 9, 9], [math.log(3), 0, 0, 0]]], np.float32)
    values = np.array([[[0.0] * 4, [1.0] * 4]], np.float32)
    np.testing.assert_allclose(attend(query, keys, values), np.full((1, 1, 4), 0.75), rtol=1e-6)


def test_attention_survives_large_scores() -> None:
    query = np.full((1, 1, 4), 1e10, np.float32)
    keys = np.array([[[1, 1, 1, 1], [2, 2, 2, 2]]], np.float32)
    values = np.array([[[5.0] * 4, [7.0] * 4]], np.float32)
    np.testing.assert_array_equal(attend(query, keys, values), np.full((1, 1, 4), 7))


def test_activations() -> None:
    x = np.array([-2, 0, 1, 3], np.float32)
    silu = [value / (1 + math.exp(-value)) for value in x.tolist()]
    np.testing.assert_allclose(activate(x, SILU), silu, rtol=1e-6)
    assert activate(x, RELU2).tolist() == [0, 0, 1, 9]
