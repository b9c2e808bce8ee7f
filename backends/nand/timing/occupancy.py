"""How long each resource works during a token, and why it does not: shares that add up to 1."""

from __future__ import annotations

from collections import Counter

from edgesdk.predict import Occupancy

from .resources import Spending, resources
from .spent import Moment
from .token import TokenSchedule


def occupancy(schedule: TokenSchedule) -> tuple[Occupancy, ...]:
    """Of the channels, the cores, the NPU, the DRAM and the link, each as a mean of its kind."""
    found = resources(schedule.design)
    return tuple(_of(schedule, name, spending) for name, spending in found.items())


def _of(schedule: TokenSchedule, resource: str, spending: Spending) -> Occupancy:
    busy, idle, whole = 0.0, Counter[str](), schedule.seconds
    for stage in schedule.stages:
        for part in spending(Moment(schedule, stage.time)):
            busy += sum(part.works.values()) * stage.count / whole
            for reason, seconds in part.waits.items():
                idle[reason] += seconds * stage.count / whole  # type: ignore[assignment]
    return Occupancy(resource, busy, {reason: s for reason, s in idle.items() if s > 1e-9})
