"""SOFTMAX against LiteRT's reference kernels, to the bit."""

from __future__ import annotations

import numpy as np
import pytest

from tests.backends_mcu.kernels.networks import (
    Spec,
    examples,
    network,
    numbers,
    scale,
    shape,
    zero,
)
from tests.backends_mcu.oracle import check_model


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_softmax(dtype: str) -> None:
    bits = np.dtype(dtype).itemsize * 8
    for chance in examples(60):
        sizes = shape(chance, int(chance.integers(1, 4, endpoint=True)))
        sizes = (*sizes[:-1], int(chance.integers(1, 40)))
        source = Spec(sizes, "int8", scale(chance, 1e-4, 2.0), zero(chance))
        target = Spec(sizes, dtype, 2.0**-bits, -(2 ** (bits - 1)))
        beta = float(np.float32(chance.choice([1.0, 0.5, chance.uniform(0.1, 4)])))
        content = network("SOFTMAX", [source], [target], ("SoftmaxOptions", {"beta": beta}))
        check_model(content, [numbers(chance, source)])


def test_log_softmax() -> None:
    for chance in examples(60):
        sizes = shape(chance, int(chance.integers(1, 4, endpoint=True)))
        sizes = (*sizes[:-1], int(chance.integers(1, 40)))
        source = Spec(sizes, "int8", scale(chance, 1e-3, 2.0), zero(chance))
        target = Spec(sizes, "int8", 1 / 16, 127)
        content = network("LOG_SOFTMAX", [source], [target], ("LogSoftmaxOptions", {}), version=2)
        check_model(content, [numbers(chance, source)])
