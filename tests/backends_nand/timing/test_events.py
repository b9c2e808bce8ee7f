"""The folded schedule against a simulation of every page, command and byte on their way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.mapping.placement import Placement
from tests.backends_nand.timing.oracle.machine import Run

Draw = Callable[[int, bool], Any]
Compare = Callable[..., Any]


@pytest.mark.parametrize("slicing", [True, False])
@pytest.mark.parametrize("seed", range(30))
def test_folded_is_as_long_as_events(draw: Draw, seed: int, slicing: bool) -> None:
    _check_length(draw(seed, slicing))


@pytest.mark.long
def test_folded_is_as_long_as_events_in_thousands(draw: Draw) -> None:
    """Seeds 20000 to 21499, with slices and without: 3000 draws."""
    for seed in range(20000, 21500):
        _check_length(draw(seed, True))
        _check_length(draw(seed, False))


def _check_length(case: Any) -> None:
    """No longer than the schedule and 8 %, two start-ups, what inputs wait for, and the pages that
    one channel has more than others; no shorter than what of the schedule must be, and a start-up.
    """
    found, folded = case.events(), case.folded
    uneven = folded.stream_seconds * (_unevenness(found) - 1)
    assert found.seconds <= folded.seconds * 1.08 + uneven + case.waiting + 2 * case.start_up
    assert found.seconds >= case.shortest - case.start_up


def _unevenness(found: Run) -> float:
    """The busiest channel beside their mean: pages are dealt out by their number, and those at the
    edge of a matrix are smaller, so some channel may get most of the full ones."""
    seconds = np.array(found.other_seconds)
    return float(seconds.max() / seconds.mean()) if seconds.any() else 1.0


ALONE = {"npu_helps": False}
LIMITS: list[tuple[str, dict[str, Any], int, int]] = [
    ("channels", {}, 20480, 1024),
    ("planes", {"read_us": 100.0}, 20480, 1024),
    ("npu", {"npu_rows": 1, "npu_columns": 1, "npu_macs": 1, "npu_mhz": 200.0}, 20480, 1024),
    ("link", {"link_gb_s": 0.5}, 20480, 1024),
    ("results on the link", {"link_gb_s": 0.01, **ALONE}, 5120, 1024),
    ("inputs on the link", {"link_gb_s": 0.001, **ALONE}, 128, 40960),
    ("commands", {"cycle_ns": 1000.0, **ALONE}, 5120, 1024),
    ("commands of inputs", {"cycle_ns": 2000.0, **ALONE}, 128, 51200),
    ("cores", {"core_gmacs": 0.2, **ALONE}, 5120, 1024),
]


@pytest.mark.parametrize(("limit", "values", "rows", "inputs"), LIMITS)
def test_whatever_limits_a_long_stage_both_agree(
    compare: Compare, small: Design, limit: str, values: dict[str, Any], rows: int, inputs: int
) -> None:
    """Within 1 %: full tiles, two channels, and each limit in turn takes most of the time."""
    case = compare(replace(small, channels=2, chips=1, **values), 8, 1, rows, inputs)
    assert case.folded.pace.stream_limit == (limit if case.folded.npu_pages else "")
    assert case.folded.slots >= 80
    assert case.events().seconds == pytest.approx(case.folded.seconds, rel=0.01)


def test_a_long_stage_without_slices_agrees(compare: Compare, small: Design) -> None:
    case = compare(replace(small, channels=2, chips=1, slicing=False), 8, 1, 20480, 1024)
    assert case.folded.slots > 100
    assert case.folded.npu_pages > 100
    assert case.events().seconds == pytest.approx(case.folded.seconds, rel=0.01)


@pytest.mark.parametrize("slicing", [True, False])
@pytest.mark.parametrize("seed", range(30, 60))
def test_events_never_beat_the_machine(draw: Draw, seed: int, slicing: bool) -> None:
    """No channel can pass more than it has time for, and no array reads faster than it can."""
    case = draw(seed, slicing)
    found = case.events()
    for urgent, others in zip(found.urgent_seconds, found.other_seconds, strict=True):
        assert urgent + others <= found.seconds * (1 + 1e-12)
    slot = max(case.design.read_us * 1e-6, case.pace.core_seconds)
    assert found.seconds >= case.folded.slots * slot * (1 - 1e-12)


@pytest.mark.parametrize("slicing", [True, False])
@pytest.mark.parametrize("seed", range(60, 90))
def test_no_page_is_lost_or_computed_twice(draw: Draw, seed: int, slicing: bool) -> None:
    case = draw(seed, slicing)
    found, at = case.events(), case.placement
    computed = Counter((page.row, page.column) for page in found.computed)
    passed = Counter((page.row, page.column) for page in found.passed)
    npu = at.by_npu
    assert computed == _places(at, ~npu)
    assert passed == _places(at, npu)
    weights = sum(page.weights for page in (*found.computed, *found.passed))
    assert weights == case.rows * case.inputs
    assert len(found.computed) == case.folded.pages
    assert len(found.passed) == case.folded.npu_pages
    assert sum(page.weights for page in found.passed) == case.folded.npu_weights


def _places(at: Placement, which: np.ndarray[Any, Any]) -> Counter[tuple[int, int]]:
    rows, columns = at.row[which].tolist(), at.column[which].tolist()
    return Counter(zip(rows, columns, strict=True))


def test_with_slices_read_computes_end_as_if_alone(compare: Compare, small: Design) -> None:
    """Each page of the NPU is sent in the gaps: they cost no more than one slice at the end."""
    for rows in (640, 1600, 4000):
        case = compare(small, 8, 1, rows, 2048)
        alone = case.events(_without_npu(case.placement))
        beside = case.events()
        piece = small.page_bytes / small.slices / (small.channel_gb_s * 1e9)
        assert len(beside.passed) > 0
        assert beside.computed_seconds >= alone.computed_seconds
        assert beside.computed_seconds <= alone.computed_seconds + 2 * piece


def test_without_slices_read_computes_wait_for_pages(compare: Compare, small: Design) -> None:
    """By every page that passes before their end: nearly twice as long."""
    case = compare(replace(small, slicing=False), 8, 1, 4000, 2048)
    alone = case.events(_without_npu(case.placement))
    beside = case.events()
    assert beside.computed_seconds > 1.5 * alone.computed_seconds
    pages = np.bincount(case.placement.channel[case.placement.by_npu]).max()
    passing = pages * case.pace.page_seconds
    assert beside.seconds == pytest.approx(alone.seconds + passing, rel=0.05)


def _without_npu(at: Placement) -> Placement:
    return Placement(*(getattr(at, item.name)[~at.by_npu] for item in fields(at)))


def test_inputs_are_sent_once_for_each_round(compare: Compare, small: Design) -> None:
    """Two rounds over the inputs on a channel, and every result and command beside them."""
    design = replace(small, npu_helps=False)
    case = compare(design, 8, 1, 512, 4096)
    found = case.events()
    pages = np.bincount(case.placement.channel, minlength=design.channels)
    each = 19 * design.cycle_ns * 1e-9 + case.pace.result_bytes / (design.channel_gb_s * 1e9)
    for channel, seconds in enumerate(found.urgent_seconds):
        wanted = pages[channel] * each + 2 * case.pace.load_seconds
        assert seconds == pytest.approx(wanted, rel=1e-9)
