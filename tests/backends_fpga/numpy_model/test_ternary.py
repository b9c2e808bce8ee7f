"""Weights read back from the ports' bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgesdk_backends.fpga.numpy_model import ternary
from edgesdk_backends.fpga.numpy_model.ternary import Matrices, bytes_of, decoded, sums
from edgesdk_backends.fpga.weights.index_code import port_streams


def drawn(seed: int, rows: int, inputs: int) -> np.ndarray:
    return np.random.RandomState(seed).randint(-1, 2, (rows, inputs)).astype(np.int8)


@settings(max_examples=40)
@given(st.integers(1, 70), st.integers(1, 300), st.integers(0, 999))
def test_what_the_packer_packs_is_what_is_read(rows: int, inputs: int, seed: int) -> None:
    codes = drawn(seed, rows, inputs)
    streams = port_streams(codes)
    assert streams.shape == (4, bytes_of(rows, inputs))
    np.testing.assert_array_equal(decoded(streams, rows, inputs), codes)


def test_an_entry_by_hand() -> None:
    """Row 6 is step 1 of port 2. Its second index, 5 bits from bit 5 on, is a - b negated."""
    streams = np.zeros((4, bytes_of(16, 96)), np.uint8)
    code = (5 | 16) << 5
    streams[2, 20], streams[2, 21] = code & 255, code >> 8
    found = decoded(streams, 16, 96)
    assert found[6, 3:6].tolist() == [-1, 1, 0]
    assert np.count_nonzero(found) == 2


@pytest.mark.parametrize("code", [0, 16, 14, 15, 30, 31])
def test_codes_without_weights_are_zeros(code: int) -> None:
    streams = np.zeros((4, bytes_of(16, 3)), np.uint8)
    streams[0, 0] = code
    assert not decoded(streams, 16, 3).any()


def test_sums_are_exact_at_their_largest() -> None:
    codes = np.array([[127] * 8256, [-127] * 8256], np.int32)
    weights = np.array([[1] * 8256, [-1] * 8256], np.float32)
    assert sums(codes, weights).tolist() == [[1048512, -1048512], [-1048512, 1048512]]


def test_a_matrix_is_decoded_once_until_its_bytes_change(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counted(streams: np.ndarray, rows: int, inputs: int) -> np.ndarray:
        asked.append(rows)
        return decoded(streams, rows, inputs)

    monkeypatch.setattr(ternary, "decoded", counted)
    first, second = drawn(1, 16, 96), drawn(2, 16, 96)
    matrices = Matrices(limit=2 * first.size * 4)
    for codes in (first, first, second, second, first):
        found = matrices.weights(0, port_streams(codes), 16, 96)
        np.testing.assert_array_equal(found, codes)
    assert len(asked) == 3
    for place in (0, 1, 2, 0, 1, 2, 2):  # there is room for two
        matrices.weights(place, port_streams(first), 16, 96)
    assert len(asked) == 3 + 4
