"""The committed tables hold what their formulas say."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from edgesdk_backends.cpu.signal import supports

SOURCE = Path(__file__).parents[3] / "firmware/lib/signal/tables.c"


def table(name: str) -> np.ndarray:
    found = re.search(name + r"\[[^\]]*\] = \{(.*?)\}", SOURCE.read_text(), re.DOTALL)
    assert found
    return np.array([int(number) for number in re.findall(r"-?\d+", found[1])])


def test_logarithm() -> None:
    x = np.arange(129) / 128
    np.testing.assert_array_equal(
        table("signal_log2_table"), np.round(65536 * (np.log2(1 + x) - x))
    )


def test_sine() -> None:
    angle = 2 * np.pi * np.arange(1025) / 4096
    np.testing.assert_array_equal(table("signal_sine_table"), np.round(32767 * np.sin(angle)))


@pytest.mark.parametrize(
    ("operators", "expected"),
    [
        (["SignalRfft", "CAST"], True),
        (["tflite:custom.SignalPCAN:1", "tflite:ADD:1", "tflite:CAST:3"], True),
        (["ADD", "CAST"], False),
        (["SignalRfft", "CONV_2D"], False),
        (["tflite:custom.SignalFramer:1"], False),
        ([], False),
    ],
)
def test_supports(operators: list[str], expected: bool) -> None:
    assert supports(operators) is expected
