"""The C products against numpy's integers: to the bit, whatever the shape."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.backends_nand.npu.drawn_pages import Drawn, drawn_inputs

SIZES = st.integers(1, 70)


@settings(max_examples=100)
@given(
    rows=SIZES,
    inputs=st.integers(1, 400),
    height=st.integers(1, 20),
    width=st.one_of(st.integers(1, 90), st.sampled_from([64, 128, 256])),
    bits=st.sampled_from([8, 4, 2]),
    inverted=st.booleans(),
    tokens=st.integers(1, 3),
    wide=st.booleans(),
    cut=st.booleans(),
    shift=st.sampled_from([0, 0, 1, 4, 9, 31]),
    plain=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_any_shape(
    rows: int,
    inputs: int,
    height: int,
    width: int,
    bits: int,
    inverted: bool,
    tokens: int,
    wide: bool,
    cut: bool,
    shift: int,
    plain: bool,
    seed: int,
) -> None:
    drawn = Drawn(rows, inputs, height, width, bits, inverted, seed, shift)
    x = drawn_inputs(tokens, inputs, 16 if wide else 8, seed)
    sums, cuts = drawn.sums(x, cut=cut, plain=plain)
    wanted, wanted_cuts = drawn.wanted(x, cut=cut)
    assert np.array_equal(sums, wanted)
    assert cuts == wanted_cuts


@pytest.mark.parametrize("bits", [8, 4, 2])
@pytest.mark.parametrize("threads", [2, 3, 7, 64, 1000])
def test_any_number_of_threads(bits: int, threads: int) -> None:
    drawn = Drawn(2100, 600, 64, 256, bits, inverted=True)
    x = drawn_inputs(4, 600, 16)
    sums, cuts = drawn.sums(x, cut=True, threads=threads)
    assert np.array_equal(sums, drawn.wanted(x, cut=True)[0])
    assert cuts == drawn.sums(x, cut=True)[1] > 0


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize(("bits", "lowest"), [(8, -128), (4, -8), (2, -1)])
def test_the_largest_sums(bits: int, lowest: int, plain: bool) -> None:
    """Every product at its largest, in rows so wide that 32 bits would not hold their sum."""
    drawn = Drawn(2, 40_000, 2, 40_000, bits, inverted=False)
    drawn.codes[:] = lowest
    content = {8: 128, 4: 0x88, 2: 0xAA}[bits]
    drawn.store[drawn.pages, : 2 * 40_000 * bits // 8] = content
    x = np.full((1, 40_000), -32768, np.int16)
    sums, _ = drawn.sums(x, plain=plain)
    assert (sums == 40_000 * 32768 * -lowest).all()
    assert np.array_equal(sums, drawn.wanted(x, cut=False)[0])


def test_a_page_of_the_npu_is_never_cut() -> None:
    drawn = Drawn(64, 512, 16, 256, 8, inverted=False)
    drawn.by_npu[:] = 1
    x = drawn_inputs(1, 512, 16)
    sums, cuts = drawn.sums(x, cut=True)
    assert cuts == 0
    assert np.array_equal(sums, drawn.wanted(x, cut=False)[0])


@pytest.mark.parametrize(
    ("weight", "wanted"), [(1, 0), (2, 4), (-2, 0), (-3, -4), (5, 4), (6, 8), (-6, -4)]
)
def test_a_result_is_the_nearest_step_a_half_up(weight: int, wanted: int) -> None:
    drawn = Drawn(1, 1, 1, 1, 8, inverted=False, shift=2)
    drawn.by_npu[:] = 0
    drawn.store[drawn.pages[0], 0] = weight % 256
    x = np.ones((1, 1), np.int16)
    assert drawn.sums(x, cut=True) == (wanted, 0)
    assert drawn.sums(x) == (weight, 0)


def test_three_is_read_as_nothing() -> None:
    """Of 2 bits: a flipped bit of a -1 or of a 1 may make a 3."""
    drawn = Drawn(1, 256, 1, 256, 2, inverted=False)
    drawn.store[:] = 0xFF
    assert drawn.sums(drawn_inputs(1, 256, 8))[0] == 0
    assert drawn.sums(drawn_inputs(1, 256, 8), plain=True)[0] == 0
