"""Phases of a prediction: their terms in three cases, energy, and how busy everything is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edgesdk.predict import DECODE, PREFILL, Band, Phase, Published, Term

from ..cost.energy import joules_band
from ..design.design import Design
from ..experts.policy import ExpertPolicy
from ..workload.workload import Workload
from .cases import Case, Cases, Ranges
from .ceiling import ceiling
from .occupancy import occupancy
from .prompt import prompt_schedule
from .quantities import decode_quantities, prompt_quantities
from .slot import LINK
from .stage import FLASH, STREAM, StageTime
from .token import TokenSchedule, token_schedule
from .token_traffic import traffic_of

ATTENTION = "attention"
_ATTENTION = "keys and values from DRAM once, while the NPU multiplies them"


@dataclass(frozen=True)
class Phases:
    """What all phases of one prediction share."""

    ranges: Ranges
    cases: Cases
    workload: Workload
    policy: ExpertPolicy | None
    published: Callable[[int], tuple[Published, ...]]

    def decode(self, context: int) -> Phase:
        """One token after ``context`` positions."""
        found = [self._token(case, context) for case in self.cases.all]
        traffic = traffic_of(found[1])
        rate, why = ceiling(found)
        return Phase(
            DECODE,
            context,
            _terms(found),
            rate,
            why,
            joules_band(self.ranges.chosen, traffic),
            self.published(context),
            occupancy(found[1]),
            decode_quantities(self.ranges, found[1], traffic, self.policy),
        )

    def prompt(self, tokens: int) -> Phase:
        """A prompt of so many tokens. Its experts all come from flash."""
        found = [
            prompt_schedule(case.design, self.workload, tokens, each_slot=case.each_slot)
            for case in self.cases.all
        ]
        traffic = traffic_of(found[1])
        passes, why = ceiling(found)
        return Phase(
            PREFILL,
            tokens,
            _terms(found),
            passes * tokens,
            why,
            joules_band(self.ranges.chosen, traffic.times(1 / tokens)),
            (),
            occupancy(found[1]),
            prompt_quantities(self.cases.expected.design, traffic.times(1 / tokens)),
        )

    def _token(self, case: Case, context: int) -> TokenSchedule:
        return token_schedule(
            case.design,
            self.workload,
            context,
            policy=self.policy,
            each_slot=case.each_slot,
        )


def _terms(found: Sequence[TokenSchedule]) -> tuple[Term, ...]:
    """Attention, and the weights of each stage by its name, in the order of a token."""
    parts = [_parts(schedule) for schedule in found]
    limits = {s.time.name: limiting(found[1].design, s.time) for s in found[1].stages}
    return tuple(
        Term(
            name,
            _band([part[name] for part in parts]),
            limits.get(name) or _attention_limit(found[1]),
            _ATTENTION if name == ATTENTION else _how(found[1], name),
        )
        for name in parts[1]
    )


def _how(schedule: TokenSchedule, name: str) -> str:
    """From what the time of a stage's weights was counted."""
    same = [stage for stage in schedule.stages if stage.time.name == name]
    slots = sum(stage.time.slots * stage.count for stage in same)
    pages = sum(stage.time.npu_pages * stage.count for stage in same)
    loads = sum(stage.time.loads * stage.count for stage in same)
    if not schedule.design.compute:
        return f"{pages:,.0f} pages over channels and link"
    passed = f"{pages:,.0f} pages of the NPU" if pages else "no page of the NPU"
    loaded = "one load" if loads == 1 else f"{loads:,.0f} loads"
    return f"{slots:,.0f} slots of the cores, {passed}, {loaded} of inputs"


def limiting(design: Design, time: StageTime) -> str:
    """What sets the time of a stage's weights: what is slowest in a slot, or for a page."""
    if time.limit == STREAM:
        return time.pace.stream_limit
    if time.limit != FLASH:
        return time.limit
    pace = time.pace
    parts = {"array": pace.reads * design.read_us * 1e-6, "cores": pace.core_seconds}
    parts["commands and results"] = pace.bus_seconds
    parts[LINK] = pace.link_seconds
    return max(parts, key=parts.__getitem__)


def _band(seconds: Sequence[float]) -> Band:
    """Of one part. What is best for the whole may be worse for a part of it, whose tiles change."""
    return Band(min(seconds), seconds[1], max(seconds))


def _attention_limit(schedule: TokenSchedule) -> str:
    """What takes longest; experts that are read ahead beside it may take longer."""
    seconds = schedule.attention.seconds
    if any(s.time.attention_seconds > schedule.attention.longest * 1.001 for s in schedule.stages):
        return "experts read ahead"
    return max(seconds, key=seconds.__getitem__)


def _parts(schedule: TokenSchedule) -> dict[str, float]:
    """Seconds of a token by name."""
    parts: dict[str, float] = {}
    for stage in schedule.stages:
        time = stage.time
        if time.attention_seconds:
            parts[ATTENTION] = parts.get(ATTENTION, 0.0) + time.attention_seconds * stage.count
        own = (time.load_seconds + time.body_seconds) * stage.count
        parts[time.name] = parts.get(time.name, 0.0) + own
    return parts
