"""The parts of a stage as one resource spends them: occupancies and traces are made of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from .stage import StageTime
from .token import TokenSchedule

Seconds = Mapping[str, float]  # by name
_ROUNDING = 1e-9  # share of a part


@dataclass(frozen=True)
class Part:
    """So many seconds: what a resource works in them by name, and why it waits in the others."""

    seconds: float
    works: Seconds
    waits: Seconds

    def times(self, factor: float) -> Part:
        """So many of them."""
        works = {name: seconds * factor for name, seconds in self.works.items()}
        waits = {name: seconds * factor for name, seconds in self.waits.items()}
        return Part(self.seconds * factor, works, waits)


def part(seconds: float, works: Seconds, *waits: tuple[str, float], why: str) -> Part:
    """``waits``: for reasons of their own; all other time that is not work is waiting, ``why``."""
    least = seconds * _ROUNDING
    worked = {name: value for name, value in works.items() if value > least}
    waited = {name: value for name, value in waits if value > least}
    rest = seconds - sum(worked.values()) - sum(waited.values())
    if rest > least:
        waited[why] = waited.get(why, 0.0) + rest
    return Part(seconds, worked, waited)


class Spent(NamedTuple):
    """A stage in the order of time: attention, loading of inputs, as long as the slots of the cores
    follow one another, and what comes after the last slot."""

    attention: Part
    loading: Part
    slots: Part
    after: Part


class Flow(NamedTuple):
    """Work that goes on evenly from the start of the weights ``until`` a moment, in seconds."""

    seconds: float
    until: float


@dataclass(frozen=True)
class Moment:
    """A stage of a schedule."""

    schedule: TokenSchedule
    time: StageTime

    @property
    def between(self) -> bool:
        """Whether pages pass between the slots: without slices."""
        return not self.schedule.design.slicing and bool(self.time.slots and self.time.npu_pages)

    @property
    def slots(self) -> float:
        """Seconds until the last slot has ended."""
        return self.time.body_seconds if self.between else self.time.flash_seconds

    @property
    def after(self) -> float:
        """Seconds from then on."""
        return self.time.body_seconds - self.slots

    @property
    def ahead_bytes(self) -> float:
        """Of experts that are copied into the DRAM."""
        return self.time.ahead_weights * self.time.pace.weight_bits / 8

    def divided(self, fixed: Seconds, flows: Mapping[str, Flow]) -> tuple[Seconds, Seconds]:
        """Work beside the slots, and after them. ``fixed``: work that belongs to the slots, which
        goes first."""
        room = max(self.slots - sum(fixed.values()), 0.0)
        beside = _within(room, {name: self._beside(flow) for name, flow in flows.items()})
        left = {name: flow.seconds - beside[name] for name, flow in flows.items()}
        return {**fixed, **beside}, _within(self.after, left)

    def _beside(self, flow: Flow) -> float:
        until = max(flow.until, self.time.body_seconds if self.between else 0.0)
        return flow.seconds * min(self.slots / until, 1.0) if until else 0.0


def _within(room: float, works: Seconds) -> dict[str, float]:
    """No more of each than there is room for all."""
    needed = sum(works.values())
    share = min(room / needed, 1.0) if needed else 1.0
    return {name: seconds * share for name, seconds in works.items()}
