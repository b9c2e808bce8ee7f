"""What the tests of the schedule share: designs, and one stage on the event machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest

from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.mapping.placement import Placement, place
from edgesdk_backends.nand.mapping.split import split
from edgesdk_backends.nand.timing.slot import Pace, pace_of
from edgesdk_backends.nand.timing.stage import Shape, StageTime, matrices_time, stage_slots
from tests.backends_nand.timing.oracle.machine import Run, simulate


@dataclass(frozen=True)
class Both:
    """A matrix [rows, inputs] by the folded schedule and by events."""

    design: Design
    pace: Pace
    folded: StageTime
    placement: Placement
    rows: int
    inputs: int

    @property
    def start_up(self) -> float:
        """Seconds of the first slot and the first page before anything of them is done."""
        design, pace = self.design, self.pace
        results = pace.result_bytes / (design.channel_gb_s * 1e9) + 26 * design.cycle_ns * 1e-9
        dies = design.cores_per_channel * results
        return design.read_us * 1e-6 + pace.core_seconds + dies + pace.page_seconds + self._linked

    @property
    def _linked(self) -> float:
        """Seconds of a page on the link."""
        link = self.design.link_gb_s
        return self.design.page_bytes / (link * 1e9) if link else 0.0

    @property
    def waiting(self) -> float:
        """Seconds that inputs may wait for what has begun: a slice on the channel, a page on the
        link. Once for each round, since no array reads meanwhile."""
        if not self.folded.npu_pages:
            return 0.0
        pieces = self.design.slices if self.design.slicing else 1
        piece = self.design.page_bytes / pieces / (self.design.channel_gb_s * 1e9)
        return self.folded.loads * (piece + self._linked)

    @property
    def shortest(self) -> float:
        """Seconds of the folded stage, without what it counts and need not be.

        Dies without a page of a slot take no command and send no result here; once the last slot is
        done, channel and link are free for pages; and without slices, pages may pass while cores
        that are slower than the array multiply.
        """
        folded, pace = self.folded, self.pace
        used = max(pace.busy, pace.link_seconds / pace.slot_seconds)
        filled = folded.pages / (folded.slots * self.design.cores) if folded.slots else 1.0
        closed = max(self.design.read_us * 1e-6, filled * pace.bus_seconds)
        flash = folded.slots * max(closed, pace.core_seconds, filled * pace.link_seconds)
        after = max(folded.stream_seconds - folded.flash_seconds, 0.0) * used
        freer = (1 - used) / (1 - used * filled) if used < 1 else 1.0
        between = 0.0
        if folded.npu_pages and not self.design.slicing:
            passing = pace.channel_seconds(folded.npu_weights, int(folded.npu_pages))
            between = folded.slots * closed + passing
        stream = (folded.stream_seconds - after) * freer
        return folded.load_seconds + max(flash, stream, between)

    def events(self, placement: Placement | None = None) -> Run:
        """What the event machine says; ``placement``: of some pages only."""
        chosen = self.placement if placement is None else placement
        return simulate(self.design, self.pace, [(self.rows, self.inputs, chosen)])


def both(design: Design, bits: int, activation: int, rows: int, inputs: int) -> Both:
    """The same split for both."""
    pace = pace_of(design, bits, activation)
    shapes = (Shape(rows, inputs),)
    folded = matrices_time("a stage", shapes, pace, design)
    groups = stage_slots(shapes, pace.tile)
    taken = split(groups, pace.slot_seconds, pace.split_rate).taken
    return Both(design, pace, folded, place(rows, inputs, pace.tile, taken), rows, inputs)


def drawn(seed: int, slicing: bool) -> Both:
    """A small design and a small matrix, any of very many."""
    r = Random(seed)
    values: dict[str, Any] = {
        "channels": r.choice([1, 2, 4, 8]),
        "chips": r.choice([1, 2, 3]),
        "dies": r.choice([1, 2]),
        "planes": r.choice([2, 2, 4]),
        "slices": r.choice([1, 2, 4, 8]),
        "page_bytes": r.choice([1024, 2048, 4096, 16384]),
        "read_us": r.choice([5.0, 10.0, 30.0]),
        "core_gmacs": r.choice([0.4, 0.8, 2.0]),
        "channel_mts": r.choice([500.0, 1000.0, 2000.0]),
        "link_gb_s": r.choice([0, 0, 0.5, 4]),
        "npu_rows": r.choice([1, 16]),
        "npu_mhz": r.choice([1000.0, 1000.0, 50.0]),
        "cycle_ns": r.choice([25.0, 25.0, 200.0]),
        "npu_helps": r.random() < 0.8,
        "result_bytes": r.choice([1, 2, 4]),
    }
    design = replace(read_preset("cambricon-s").design, slicing=slicing, **values)
    bits, activation = r.choice([(8, 1), (4, 2), (2, 1)])
    return both(design, bits, activation, r.randrange(1, 1200), r.randrange(16, 5000))


@pytest.fixture(scope="session")
def small() -> Design:
    """Cambricon-LLM S."""
    return read_preset("cambricon-s").design


@pytest.fixture(scope="session")
def draw() -> Callable[[int, bool], Both]:
    """``drawn``."""
    return drawn


@pytest.fixture(scope="session")
def compare() -> Callable[..., Both]:
    """``both``."""
    return both
