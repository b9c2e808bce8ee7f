"""How fast wrong bits, encoding and correction of flash pages are, beside numpy doing the same.

Rates are printed and never asserted; ``make bench`` is where they are looked at.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edgesdk_backends.nand.ecc.page_code import PageCode
from edgesdk_backends.nand.reliability.cells import corrupt
from edgesdk_backends.nand.reliability.sensing import sense
from edgesdk_backends.nand.reliability.settings import ErrorSettings
from tests.backends_nand.reliability.recoded import recoded
from tests.bench.timing import best_seconds

PAGES, PAGE, SPARE = 500, 16384, 1664
TRIES = 7
Bytes = NDArray[np.uint8]


def tell(what: str, size: int, ours: float, peer: float, peer_name: str) -> None:
    print(
        f"\n{what}: {size / ours / 1e6:,.0f} MB/s; {peer_name} {size / peer / 1e6:,.0f}; "
        f"ratio {peer / ours:.1f}"
    )


def numpy_flips(rows: Bytes, rate: float, rng: np.random.Generator) -> None:
    """As many bits flipped, but others each time."""
    bits = rng.integers(0, rows.size * 8, rng.binomial(rows.size * 8, rate))
    np.bitwise_xor.at(rows.reshape(-1), bits // 8, (1 << bits % 8).astype(np.uint8))


@pytest.mark.parametrize("rate", [1e-6, 1e-5, 1e-4, 1e-3, 1e-2])
def test_wrong_bits(rate: float) -> None:
    """One thread."""
    rows, numbers = np.zeros((PAGES, PAGE + SPARE), np.uint8), np.arange(PAGES)
    rates, rng = np.full(PAGES, rate), np.random.default_rng(0)
    ours = best_seconds(lambda: corrupt(rows, numbers, numbers, rates, 1), TRIES)
    peer = best_seconds(lambda: numpy_flips(rows, rate, rng), TRIES)
    tell(f"wrong bits at {rate:g}", rows.size, ours, peer, "numpy, not persistent")


@pytest.mark.parametrize("rate", [1e-5, 1e-4, 2e-4, 1e-3, 1e-2])
@pytest.mark.parametrize("mode", ["none", "exact", "words"])
def test_pages_with_errors(mode: str, rate: float) -> None:
    """One thread: wrong bits, correction and counting, as docs/nand-errors.md has it."""
    code, numbers = PageCode(mode), np.arange(PAGES)
    raw = np.full((PAGES, PAGE + SPARE), 0xFF, np.uint8)
    values = np.random.default_rng(0).normal(0, 30, (PAGES, PAGE)).clip(-127, 127)
    raw[:, :PAGE] = values.astype(np.int8).view(np.uint8)
    raw, settings = recoded(raw, code), ErrorSettings(rber=rate)
    ours = best_seconds(lambda: sense(raw, numbers, numbers, settings, code, cell="lsb"), TRIES)
    peer = best_seconds(raw.copy, TRIES)
    tell(f"read {mode} at {rate:g}", PAGES * PAGE, ours, peer, "numpy copy alone")


def numpy_protected(values: NDArray[np.int8]) -> Bytes:
    """Only which values are the largest: no code is made of them."""
    order = np.argpartition(-np.abs(values.astype(np.int16)), 163, axis=1)
    return np.take_along_axis(values, order[:, :163], 1).view(np.uint8)


def numpy_clamped(values: NDArray[np.int8], threshold: int) -> NDArray[np.int8]:
    """Only the threshold: no votes."""
    return np.where(np.abs(values.astype(np.int16)) > threshold, 0, values)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("mode", "bits"), [("exact", 8), ("paper", 8), ("secded", 8), ("exact", 4), ("words", 8)]
)
def test_codes(mode: str, bits: int, threads: int) -> None:
    values = np.random.default_rng(0).normal(0, 30, (PAGES, PAGE)).clip(-127, 127).astype(np.int8)
    code, data = PageCode(mode, weight_bits=bits), values.view(np.uint8).copy()
    written = code.encode(data)
    stored = written.copy()
    for rows in (data, stored):
        corrupt(rows, np.arange(PAGES), np.arange(PAGES), np.full(PAGES, 2e-4), 1)
    seen = data.copy()
    encoding = best_seconds(lambda: code.encode(data, threads), TRIES)
    correcting = best_seconds(lambda: code.correct(seen, stored, written, threads), TRIES)
    name = f"{mode}, {bits} bits, {threads} threads"
    peer = best_seconds(lambda: numpy_protected(values), TRIES)
    tell(f"encode {name}", data.size, encoding, peer, "numpy argpartition alone")
    peer = best_seconds(lambda: numpy_clamped(values, 90), TRIES)
    tell(f"correct {name}", data.size, correcting, peer, "numpy threshold alone")
