"""Choosing the sizes of our design: every combination, its area, and what it predicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from edgesdk.decoder.config import DecoderConfig
from edgesdk.explore.front import pareto_front
from edgesdk.predict import DECODE, PREFILL
from edgesdk_backends.fpga.timing.area import PART, SHARE
from edgesdk_backends.fpga.timing.design import Streaming
from edgesdk_backends.fpga.timing.phases import parts
from edgesdk_backends.fpga.timing.profile import Profile
from edgesdk_backends.fpga.timing.resources import total

CLOCK = 250.0  # MHz; another one moves all rates, and no area
CHOICES: dict[str, tuple[Any, ...]] = {
    "ports": (2, 3, 4),
    "tables": (16, 32, 64),
    "lanes": (2, 4, 8),
    "chunk": (1, 4, 8, 16),
    "head": ("fabric", "host"),
    "vector": (4, 8),
    "activation": (1, 2),
}
# What the kernels take as they are written; other values need other loops (their static_asserts).
WRITTEN = {"ports": 4, "tables": 32, "lanes": 4, "vector": 4, "activation": 1}


@dataclass(frozen=True)
class Point:
    """One combination: what it takes of the part, and the expected rates, tokens a second."""

    values: tuple[Any, ...]
    shares: tuple[float, ...]  # of PART, in its order
    decode: float
    prefill: float

    @property
    def fits(self) -> bool:
        """Whether every share is within ``SHARE``."""
        return max(self.shares) <= SHARE

    @property
    def written(self) -> bool:
        """Whether the kernels are written for it."""
        return WRITTEN.items() <= self.named().items()

    def named(self) -> dict[str, Any]:
        """The combination by the names of the constants."""
        return dict(zip(CHOICES, self.values, strict=True))


def explore(
    profile: Profile,
    config: DecoderConfig,
    clock: float = CLOCK,
    context: int = 128,
    prompt: int = 64,
) -> Iterator[Point]:
    """Every combination of ``CHOICES``, whether it fits or not."""
    design = profile.with_value("clock_mhz", clock).at("expected")
    assert isinstance(design, Streaming)  # no other design is ours to choose
    for values in product(*CHOICES.values()):
        changed = replace(design, **dict(zip(CHOICES, values, strict=True)))
        yield _point(changed, config, values, context, prompt)


def _point(
    design: Streaming, config: DecoderConfig, values: tuple[Any, ...], context: int, prompt: int
) -> Point:
    area = total(design).by_name()
    decode = sum(part.seconds for part in parts(design, config, DECODE, context))
    prefill = sum(part.seconds for part in parts(design, config, PREFILL, prompt))
    shares = tuple(area[name] / available for name, available in PART.items())
    return Point(values, shares, 1 / decode, prompt / prefill)


def pareto(points: Sequence[Point]) -> list[Point]:
    """Those that fit and that no other one beats in both rates and in the largest share."""
    fitting = [point for point in points if point.fits]
    figures = [(point.decode, point.prefill, -max(point.shares)) for point in fitting]
    best = [fitting[number] for number in pareto_front(np.array(figures).reshape(-1, 3))]
    return sorted(best, key=lambda point: (-point.decode, -point.prefill))
