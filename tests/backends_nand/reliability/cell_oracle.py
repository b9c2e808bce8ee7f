"""docs/nand-errors.md's wrong bits once more, in plain Python: the same doubles, the same bits."""

from __future__ import annotations

import math

LOG_2, ROOT_HALF = 0.693147180559945309417, 0.707106781186547524401
WORD = 2**64 - 1


def mix(x: int) -> int:
    x = ((x ^ x >> 30) * 0xBF58476D1CE4E5B9) & WORD
    x = ((x ^ x >> 27) * 0x94D049BB133111EB) & WORD
    return x ^ x >> 31


def half_log(s: float) -> float:
    square, total = s * s, 1 / 17
    for odd in (15, 13, 11, 9, 7, 5, 3, 1):
        total = total * square + 1 / odd
    return total * s


def minus_log(x: float) -> float:
    part, exponent = math.frexp(x)
    half = half_log((part - ROOT_HALF) / (part + ROOT_HALF))
    return abs((exponent - 0.5) * LOG_2 + 2 * half)


class Draws:
    """Numbers in (0, 1]."""

    def __init__(self, key: int) -> None:
        self.state = key

    def next(self) -> float:
        self.state = (self.state + 0x9E3779B97F4A7C15) & WORD
        return ((mix(self.state) >> 11) + 1) * 2.0**-53


def wrong_bits(
    bits: int, physical: int, erases: int, rate: float, seed: int, stream: int
) -> set[int]:
    key = mix((seed + mix(stream)) & WORD)
    key = mix((key + physical) & WORD)
    key = mix((key + erases) & WORD)
    found: set[int] = set()
    low = 0.0
    for band, power in enumerate(range(-20, 0)):
        high = 2.0**power
        if low < rate:
            draws = Draws(mix((key + band + 1) & WORD))
            hit = (high - low) / (1 - low)
            mean = 0.5 / half_log(hit / (2 - hit))
            bit = int(minus_log(draws.next()) * mean)
            while bit < bits:
                if low + (high - low) * draws.next() <= rate:
                    found.add(bit)
                bit += 1 + int(minus_log(draws.next()) * mean)
        low = high
    return found
