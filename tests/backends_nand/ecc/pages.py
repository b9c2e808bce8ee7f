"""Contents of pages, and bits of them flipped."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

KINDS = ("bell", "uniform", "zero", "same", "least", "most", "two", "falling", "mostly-zero")


def page(kind: str, size: int, seed: int) -> NDArray[np.uint8]:
    """One page [size] of a kind of content."""
    rng = np.random.default_rng(seed)
    made = {
        "bell": lambda: np.clip(rng.normal(0, 30, size), -128, 127).astype(np.int8).view(np.uint8),
        "uniform": lambda: rng.integers(0, 256, size, np.uint8),
        "zero": lambda: np.zeros(size, np.uint8),
        "same": lambda: np.full(size, rng.integers(0, 256), np.uint8),
        "least": lambda: np.full(size, 0x80, np.uint8),
        "most": lambda: np.full(size, 0x7F, np.uint8),
        "two": lambda: rng.choice(np.array([0x7F, 0x80], np.uint8), size),
        "falling": lambda: np.arange(size, 0, -1).astype(np.uint8),
        "mostly-zero": lambda: np.where(rng.random(size) < 0.005, 0x90, 0).astype(np.uint8),
    }
    return made[kind]()


def flipped(content: NDArray[np.uint8], rate: float, seed: int) -> NDArray[np.uint8]:
    """A copy with each bit flipped by chance."""
    wrong = np.random.default_rng(seed).random((content.size, 8)) < rate
    return content ^ np.packbits(wrong, axis=1, bitorder="little")[:, 0].reshape(content.shape)
