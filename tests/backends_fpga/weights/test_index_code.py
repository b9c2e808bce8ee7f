"""The packing of ternary weights, against an oracle that goes bit by bit."""

import numpy as np
import pytest

from edgesdk_backends.fpga.weights.index_code import (
    COMBINATIONS,
    port_bytes,
    port_streams,
    weights_of,
)


def _random(rows, inputs, seed=1):
    return np.random.RandomState(seed).randint(-1, 2, (rows, inputs)).astype(np.int8)


def _index(a, b, c):
    if (a, b, c) in COMBINATIONS:
        return COMBINATIONS.index((a, b, c))
    return 16 | COMBINATIONS.index((-a, -b, -c))


def _bit_by_bit(codes):
    """As the specification reads, one entry after another."""
    rows, inputs = codes.shape
    padded = np.zeros((-(-rows // 16) * 16, -(-inputs // 96) * 96), int)
    padded[:rows, :inputs] = codes
    ports = [bytearray() for _ in range(4)]
    for tile in range(padded.shape[1] // 96):
        for step in range(padded.shape[0] // 4):
            for port in range(4):
                groups = padded[4 * step + port, 96 * tile : 96 * tile + 96].reshape(32, 3)
                entry = sum(_index(*g) << 5 * t for t, g in enumerate(groups.tolist()))
                ports[port] += entry.to_bytes(20, "little")
    return np.array([list(port) for port in ports], np.uint8)


@pytest.mark.parametrize("shape", [(16, 96), (1, 1), (17, 97), (48, 200), (5, 288)])
def test_streams_are_those_of_the_specification(shape):
    codes = _random(*shape)
    streams = port_streams(codes)
    assert np.array_equal(streams, _bit_by_bit(codes))
    assert streams.shape == (4, port_bytes(*shape))


@pytest.mark.parametrize("shape", [(16, 96), (1, 1), (33, 100), (256, 1536)])
def test_every_matrix_comes_back(shape):
    codes = _random(*shape, seed=shape[0])
    assert np.array_equal(weights_of(port_streams(codes), *shape), codes)


def test_every_group_of_three_has_its_own_index():
    groups = np.stack(np.meshgrid(*[[-1, 0, 1]] * 3), axis=-1).reshape(-1, 3).astype(np.int8)
    streams = port_streams(groups)
    first = streams.reshape(4, -1, 20)[:, :, 0].T.reshape(-1)[:27] & 31
    assert len(set(first.tolist())) == 27
    assert not {14, 15, 16, 30, 31} & set(first.tolist())


def test_what_no_packer_makes_is_refused():
    streams = port_streams(_random(16, 90))
    invalid = streams.copy()
    invalid[2, 0] |= 31
    with pytest.raises(ValueError, match="stands for nothing"):
        weights_of(invalid, 16, 90)
    with pytest.raises(ValueError, match="beyond the matrix"):
        weights_of(port_streams(np.ones((16, 96), np.int8)), 16, 90)
    with pytest.raises(ValueError, match="other streams"):
        weights_of(streams[:, 1:], 16, 90)
