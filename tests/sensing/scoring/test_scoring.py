"""Event scores against the package ``timescoring``, which nobody here wrote."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from timescoring.annotations import Annotation
from timescoring.scoring import EventScoring

from edgesdk import EdgeError
from edgesdk.sensing.scoring import (
    Event,
    Rules,
    Score,
    events_of,
    mask_of,
    score_events,
    score_masks,
)

SECONDS = 30.0
COUGHS = Rules()


def parameters(rules: Rules) -> Any:
    return EventScoring.Parameters(
        toleranceStart=rules.start_tolerance,
        toleranceEnd=rules.end_tolerance,
        minOverlap=rules.least_overlap,
        maxEventDuration=rules.longest_event,
        minDurationBetweenEvents=rules.least_gap,
    )


def same(ours: Score, theirs: Any) -> None:
    assert (ours.true_events, ours.hits, ours.false_alarms) == (
        theirs.refTrue,
        theirs.tp,
        theirs.fp,
    )
    for mine, other in (
        (ours.sensitivity, theirs.sensitivity),
        (ours.precision, theirs.precision),
        (ours.f1, theirs.f1),
    ):
        assert mine == other or (math.isnan(mine) and math.isnan(other))
    assert ours.false_alarms_per_hour == pytest.approx(theirs.fpRate / 24, rel=1e-12)


@st.composite
def event_lists(draw: st.DrawFn, overlap: bool = False) -> list[Event]:
    """Events in order of their start: between hundredths of a second, or anywhere."""
    times = st.one_of(
        st.integers(0, int(SECONDS * 100)).map(lambda hundredths: hundredths / 100),
        st.floats(0, SECONDS),
    )
    if overlap:
        pairs = draw(st.lists(st.tuples(times, times), max_size=12))
        return sorted((min(pair), max(pair)) for pair in pairs if pair[0] != pair[1])
    edges = sorted(draw(st.lists(times, max_size=24, unique=True)))
    return list(zip(edges[::2], edges[1::2], strict=False))


def near(draw: st.DrawFn, events: list[Event]) -> list[Event]:
    """The same events a little off, as a detector finds them."""
    off = st.integers(-40, 40).map(lambda hundredths: hundredths / 100)
    found = [(max(0.0, a + draw(off)), min(SECONDS, b + draw(off))) for a, b in events]
    return sorted((round(a, 2), round(b, 2)) for a, b in found if round(a, 2) < round(b, 2))


@st.composite
def pairs(draw: st.DrawFn, overlap: bool = False) -> tuple[list[Event], list[Event]]:
    true = draw(event_lists(overlap))
    found = near(draw, true) if draw(st.booleans()) else draw(event_lists(overlap))
    return true, found


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    times = st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.75, 2.0])
    return Rules(
        draw(times),
        draw(times),
        draw(st.sampled_from([0.0, 0.1, 0.125, 0.5, 1.0])),
        draw(st.sampled_from([0.1, 0.25, 0.6, 1.0, 300.0])),
        draw(times),
    )


@settings(max_examples=200)
@given(pairs())
def test_events_by_the_cough_rules(given_events: tuple[list[Event], list[Event]]) -> None:
    true, found = given_events
    annotations = [Annotation(events, 100, int(SECONDS * 100)) for events in (true, found)]
    same(score_events(true, found, SECONDS), EventScoring(*annotations, parameters(COUGHS)))


@settings(max_examples=200)
@given(pairs(overlap=True), rules())
def test_overlapping_events_by_any_rules(
    given_events: tuple[list[Event], list[Event]], wanted: Rules
) -> None:
    true, found = given_events
    annotations = [Annotation(events, 100, int(SECONDS * 100)) for events in (true, found)]
    same(score_events(true, found, SECONDS, wanted), EventScoring(*annotations, parameters(wanted)))


@settings(max_examples=200)
@given(pairs(), rules(), st.sampled_from([10, 64, 100]))
def test_masks(given_events: tuple[list[Event], list[Event]], wanted: Rules, rate: int) -> None:
    true, found = (mask_of(events, SECONDS, rate) for events in given_events)
    theirs = EventScoring(Annotation(true, rate), Annotation(found, rate), parameters(wanted))
    same(score_masks(true, found, rate, wanted), theirs)
    assert events_of(true, rate) == Annotation(true, rate).events


def test_neighbours_stay_apart_in_a_mask() -> None:
    events = [(0.0, 1.0), (1.0, 1.5), (2.0, 3.0)]
    mask = mask_of(events, 3.0)
    assert events_of(mask) == [(0.0, 0.99), (1.0, 1.5), (2.0, 3.0)]
    assert mask.size == 300


def test_counts_by_hand() -> None:
    true = [(1.0, 1.4), (5.0, 5.4), (9.0, 9.4)]
    found = [(1.1, 1.5), (7.0, 7.4), (9.1, 9.5), (12.0, 13.2)]  # the last is split: two alarms
    score = score_events(true, found, 3600.0)
    assert (score.true_events, score.hits, score.false_alarms) == (3, 2, 3)
    assert score.sensitivity == 2 / 3
    assert score.precision == 2 / 5
    assert score.f1 == 0.5
    assert score.false_alarms_per_hour == 3.0


def test_nothing_to_divide_by() -> None:
    score = score_events([], [], 60.0)
    assert math.isnan(score.sensitivity)
    assert math.isnan(score.precision)
    assert math.isnan(score.f1)
    assert score.false_alarms_per_hour == 0.0


@pytest.mark.parametrize(
    ("true", "seconds", "wanted"),
    [
        ([(2.0, 1.0)], 10.0, COUGHS),
        ([(1.0, 1.0)], 10.0, COUGHS),
        ([(-1.0, 1.0)], 10.0, COUGHS),
        ([(1.0, 11.0)], 10.0, COUGHS),
        ([(math.nan, 1.0)], 10.0, COUGHS),
        ([(3.0, 4.0), (1.0, 2.0)], 10.0, COUGHS),
        ([], 0.0, COUGHS),
        ([], math.nan, COUGHS),
        ([], math.inf, COUGHS),
        ([], 10.0, Rules(start_tolerance=-0.1)),
        ([], 10.0, Rules(end_tolerance=-0.1)),
        ([], 10.0, Rules(least_gap=-0.1)),
        ([], 10.0, Rules(longest_event=0.0)),
        ([], 10.0, Rules(longest_event=math.nan)),
    ],
)
def test_refused(true: list[Event], seconds: float, wanted: Rules) -> None:
    with pytest.raises(EdgeError) as caught:
        score_events(true, [], seconds, wanted)
    assert caught.value.id == "EDGE-0295"


@pytest.mark.parametrize(("shape", "rate"), [((9,), 100), ((10, 1), 100), ((10,), 0)])
def test_masks_refused(shape: tuple[int, ...], rate: int) -> None:
    with pytest.raises(EdgeError) as caught:
        score_masks(np.zeros(10, np.bool_), np.zeros(shape, np.bool_), rate)
    assert caught.value.id == "EDGE-0295"
