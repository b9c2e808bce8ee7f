"""What is done to one token's row, against the contract model to the bit."""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk.decoder import reference_arithmetic
from edgesdk_backends.fpga.numpy_model import layers, norms, units
from edgesdk_backends.fpga.numpy_model.floats import multiply
from tests.backends_fpga.units.numbers import rows, same
from tests.backends_fpga.units.parts import Parts

SIZES = [16, 32, 256, 1536, 2560, 4096, 6912]
EPSILON = np.float32(1e-5)
MAGNITUDES = [1e-12, 1e-6, 1.0, 3e4]


def inverse(n: int) -> np.float32:
    return np.float32(1 / n)


@pytest.mark.parametrize("n", SIZES)
def test_a_sum_of_squares_has_one_order(parts: Parts, n: int) -> None:
    (x,) = rows(n, 1, n)
    expected = units.sum16(multiply(x, x))
    assert same(np.array([parts.sum16_of_squares(x)]), np.array([expected]))


@pytest.mark.parametrize("magnitude", MAGNITUDES)
@pytest.mark.parametrize("n", SIZES)
def test_norm(parts: Parts, n: int, magnitude: float) -> None:
    x, weights = rows(n, 2, n, magnitude)
    v = parts.norm(x, weights, EPSILON, inverse(n))
    expected = norms.root_mean_square_norm(x[None], weights, EPSILON, inverse(n))[0]
    assert same(v, expected)
    close = reference_arithmetic.rms_norm(x[None], weights, 1e-5)[0]
    np.testing.assert_allclose(v, close, rtol=2e-6, atol=1e-30)


@pytest.mark.parametrize("magnitude", MAGNITUDES)
@pytest.mark.parametrize("n", SIZES)
def test_norm_and_quantise(parts: Parts, n: int, magnitude: float) -> None:
    x, weights = rows(n, 2, n + 1, magnitude)
    v = norms.root_mean_square_norm(x[None], weights, EPSILON, inverse(n))
    expected, absmax = norms.quantise(v)
    codes, step = parts.norm_quantise(x, weights, EPSILON, inverse(n))
    assert step == absmax[0, 0]
    assert (codes == expected[0]).all()
    theirs, _ = reference_arithmetic.quantise(v)
    assert np.abs(codes.astype(int) - theirs[0]).max() <= 1


@pytest.mark.parametrize("n", SIZES)
def test_without_weights_the_row_is_taken_as_it_is(parts: Parts, n: int) -> None:
    (x,) = rows(n, 1, n + 2, 50.0)
    codes, step = parts.norm_quantise(x, None, EPSILON, inverse(n))
    expected, _ = norms.quantise(x[None])
    assert step == np.abs(x).max()
    assert (codes == expected[0]).all()
    assert np.abs(codes).max() == 127


def test_a_row_of_zeros_has_a_step(parts: Parts) -> None:
    codes, step = parts.norm_quantise(np.zeros(64, np.float32), None, EPSILON, inverse(64))
    assert step == np.float32(1e-5)
    assert not codes.any()


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 2.0**101, -3e38])
@pytest.mark.parametrize("place", [0, 37, 63])
def test_what_is_not_finite_or_too_large_leaves_no_step(
    parts: Parts, place: int, value: float
) -> None:
    (x,) = rows(64, 1, place)
    x[place] = value
    assert np.isnan(parts.norm_quantise(x, None, EPSILON, inverse(64))[1])
    assert np.isnan(parts.quantise15(x)[1])
    assert np.isnan(norms.quantise(x[None])[1]).all()
    assert not np.isfinite(parts.norm(x, np.ones_like(x), EPSILON, inverse(64))).any()
    assert bool(parts.fault()) == (parts.name == "checked")


def test_ties_go_to_even_codes(parts: Parts) -> None:
    """A factor that is exact: the row's largest is 127 times a power of two."""
    x = np.arange(-127, 128, 0.5)[:496].astype(np.float32)
    x[-1] = 127
    codes, step = parts.norm_quantise(x, None, EPSILON, inverse(len(x)))
    expected, absmax = norms.quantise(x[None])
    assert step == absmax[0, 0] == 127
    assert (codes == expected[0]).all()
    assert (np.abs(codes - x) <= 0.5).all()


@pytest.mark.parametrize("n", SIZES[:-2])
def test_codes_of_15_bits(parts: Parts, n: int) -> None:
    (v,) = rows(n, 1, n + 3)
    codes, step = parts.quantise15(v)
    expected, absmax = norms.quantise(v[None], norms.LARGEST_HEAD_CODE)
    assert step == absmax[0, 0]
    assert (codes == expected[0]).all()
    assert np.abs(codes).max() == 16383


@pytest.mark.parametrize(("heads", "size"), [(1, 16), (8, 32), (5, 48), (16, 96), (20, 128)])
def test_rope(parts: Parts, heads: int, size: int) -> None:
    x = rows(heads * size, 1, size)[0].reshape(heads, size)
    angle = np.random.default_rng(size).uniform(0, 2000, size // 2)
    rotation = np.stack((np.cos(angle), np.sin(angle)), -1).astype(np.float32)
    turned = layers.rotate(x[None], rotation[None])[0]
    assert same(parts.rope(x, rotation, 1.0), turned)
    scale = np.float32(size**-0.5)
    scaled = parts.rope(x, rotation, scale)
    assert same(scaled, multiply(turned, scale))
    lengths = np.linalg.norm(scaled.astype(float), axis=1)
    np.testing.assert_allclose(lengths, np.linalg.norm(x.astype(float), axis=1) * scale, rtol=1e-6)


@pytest.mark.parametrize("relu_squared", [False, True])
@pytest.mark.parametrize("magnitude", [1e-20, 1.0, 30.0, 3000.0])
def test_activation(parts: Parts, relu_squared: bool, magnitude: float) -> None:
    gate, up = rows(4096, 2, 7, magnitude)
    z = parts.activation(gate, up, relu_squared=relu_squared)
    assert same(z, layers.gated(gate, up, relu_squared=relu_squared))
    wide = gate.astype(np.float64)
    with np.errstate(over="ignore"):
        exact = np.maximum(wide, 0) ** 2 if relu_squared else wide / (1 + np.exp(-wide))
    # Below -40 SiLU's divisor stays e^40: what should vanish is 4e-18 of the gate.
    np.testing.assert_allclose(z, exact * up, rtol=2e-6, atol=1e-16 * magnitude**2 + 1e-37)


@pytest.mark.parametrize("relu_squared", [False, True])
def test_an_activation_of_what_is_not_finite(parts: Parts, relu_squared: bool) -> None:
    """Also of an infinity below zero, which a comparison with zero would hide."""
    gate = np.array([np.inf, -np.inf, np.nan, -np.nan, 1, -1, 0], np.float32)
    up = np.array([2, 2, 2, 2, np.nan, np.inf, np.inf], np.float32)
    z = parts.activation(gate, up, relu_squared=relu_squared)
    with np.errstate(invalid="ignore"):
        expected = layers.gated(gate, up, relu_squared=relu_squared)
    assert not np.isfinite(z).any()
    assert not np.isfinite(expected).any()
    assert bool(parts.fault()) == (parts.name == "checked")
