"""One token on a time line, as Chrome's tracing page and Perfetto read it.

The first layer of each kind is shown slot by slot, up to a number that keeps the file small; the
others stage by stage, and the last ones together, each track with its work first and its waiting
after. Gaps say why nothing happens in them. Work and waiting add up to the occupancies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from edgesdk.predict import Question

from .predict import read_question
from .resources import resources
from .timeline import Timeline
from .token import Counted, TokenSchedule, token_schedule

MOST_EVENTS = 60_000  # about 120 bytes each
_SLOT_EVENTS = 4  # of one slot on one track, at the most


def trace_nand(question: Question) -> Mapping[str, Any]:
    """A token after the first of the question's contexts. Raises what ``predict_nand`` does."""
    context = question.contexts[0] if question.contexts else 1
    asked = read_question(replace(question, prompts=(), contexts=(context,)))
    schedule = token_schedule(asked.chosen.design, asked.workload, context, policy=asked.policy)
    return token_trace(schedule, f"{question.subject.name} on {asked.chosen.design.name}")


def token_trace(schedule: TokenSchedule, name: str) -> Mapping[str, Any]:
    """The trace of a schedule. ``otherData`` says how it was made."""
    timeline = Timeline(schedule, name, _detailed(schedule))
    for stages, count in kinds(schedule):
        for stage in stages:
            timeline.stage(stage, slots=True)
        _others(timeline, stages, count - 1)
    return {
        "traceEvents": timeline.events,
        "displayTimeUnit": "ms",
        "otherData": {
            "how": "modelled: the folded schedule, not a measurement; where slots are not shown "
            "one by one, each track has the work of a stage first, and then its waiting",
            "context": schedule.context,
            "seconds": schedule.seconds,
        },
    }


def _others(timeline: Timeline, stages: list[Counted], count: int) -> None:
    """Layers like the one before: stage by stage as long as there is room, then all as one."""
    layer = 6 * len(stages) * len(timeline.tracks)  # events, at the most
    for done in range(count):
        if len(timeline.events) + layer > MOST_EVENTS * 3 // 4:
            timeline.rest(stages, count - done)
            return
        for stage in stages:
            timeline.stage(stage, slots=False)


def kinds(schedule: TokenSchedule) -> list[tuple[list[Counted], int]]:
    """The stages of each kind of layer, and how many layers; the head is a kind of its own."""
    found: list[tuple[list[Counted], int]] = []
    for stage in schedule.stages:
        names = {other.time.name for other in found[-1][0]} if found else set()
        if not found or stage.count != found[-1][1] or stage.time.name in names:
            found.append(([], stage.count))
        found[-1][0].append(stage)
    return found


def _detailed(schedule: TokenSchedule) -> int:
    """Slots that are shown one by one in a stage: half of all events are theirs."""
    tracks = schedule.design.channels + len(resources(schedule.design)) - 1
    return max(MOST_EVENTS // 2 // (_SLOT_EVENTS * tracks * len(schedule.stages)), 1)
