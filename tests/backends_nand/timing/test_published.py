"""What Cambricon-LLM (arXiv 2409.15654) publishes. No continuous constant was fitted on it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from edgesdk.predict.model import named_shape
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.timing.published import (
    CHANNEL_USE,
    JOULES,
    MODELS,
    RATES,
    TRAFFIC_GB,
    UNHELPED,
    UNSLICED,
)
from edgesdk_backends.nand.timing.token import token_schedule
from edgesdk_backends.nand.workload.decoder import workload
from tools.nand_paper import (
    ablations,
    channel_use,
    paper_schedule,
    points,
)


def test_all_21_rates() -> None:
    found = points()
    errors = [abs(point.error) for point in found]
    assert len(errors) == 21
    assert sum(errors) / 21 <= 0.05
    assert max(errors) <= 0.10


@pytest.mark.parametrize("preset", RATES)
def test_each_device_by_itself(preset: str) -> None:
    """Not one device made up for by another."""
    errors = [point.error for point in points() if point.preset == preset]
    assert sum(map(abs, errors)) / 7 <= 0.06
    assert abs(sum(errors) / 7) <= 0.05


def test_slices_on_s() -> None:
    """Published: 1.6 to 1.8 times as fast, and channels used 48 to 50 % without.

    Ours is 1.85 to 1.87: the pages of a slot wait for it and it for them, which is all that the
    paper says. Its bars have one decimal, and ours are within their rounding for all but two.
    """
    rounded = 0
    for found, published in zip(ablations(), UNSLICED, strict=True):
        assert 1.6 <= found.rate / found.unsliced <= 1.9
        assert 0.45 <= found.unsliced_use <= 0.50
        assert found.unsliced == pytest.approx(published, rel=0.13, abs=0.05)
        rounded += abs(found.unsliced - published) <= 0.0501
    assert rounded == 5


def test_help_of_the_npu_on_s() -> None:
    """Published: 1.3 to 1.4 times as fast, and 2 to 3 % of the channels used without.

    Ours is 1.7 %, results alone: with inputs for every slot it would be 2.5 %.
    """
    for found, published in zip(ablations(), UNHELPED, strict=True):
        assert 1.3 <= found.rate / found.unhelped <= 1.4
        assert 0.015 <= found.unhelped_use <= 0.03
        assert found.unhelped == pytest.approx(published, abs=0.13)


def test_channel_use_and_traffic_of_s() -> None:
    for found, use, traffic in zip(ablations(), CHANNEL_USE, TRAFFIC_GB, strict=True):
        assert found.use == pytest.approx(use, abs=0.065)
        assert found.gigabytes == pytest.approx(traffic, rel=0.11)


def test_energy_of_data_that_move() -> None:
    """Published without decimals; AiF's constants for the array and the channels.

    The largest difference is 70B: its energy of 11 J fits grouped heads, its rate does not.
    """
    for found, published in zip(ablations(), JOULES, strict=True):
        assert found.joules == pytest.approx(published, rel=0.14, abs=0.06)
    assert [found.model for found in ablations()] == list(MODELS)


def test_scaling_of_chips() -> None:
    """8 channels, 1 to 128 chips: faster up to 32, then no more; channels are used less.

    From 64 chips on, their commands take longer than a read of the array: slower by up to 12 %.
    """
    base = read_preset("cambricon-s").design
    designs = [replace(base, chips=1 << power) for power in range(8)]
    rates = [paper_schedule(design, "opt-6.7b").rate for design in designs]
    gains = [after / before for before, after in pairwise(rates)]
    assert all(1.3 < gain <= 2 for gain in gains[:5])
    assert all(0.85 < gain <= 1.01 for gain in gains[5:])
    used = [channel_use(paper_schedule(design, "opt-6.7b")) for design in designs]
    assert used[0] > 0.85
    assert used[:5] == sorted(used[:5], reverse=True)
    assert max(used[4:]) < 0.1


def test_scaling_of_channels() -> None:
    """4 chips, 1 to 64 channels: a steady rise."""
    base = replace(read_preset("cambricon-s").design, chips=4)
    designs = [replace(base, channels=1 << power) for power in range(7)]
    rates = [paper_schedule(design, "opt-6.7b").rate for design in designs]
    gains = [after / before for before, after in pairwise(rates)]
    assert all(1.15 < gain <= 2 for gain in gains)


def test_true_heads_are_faster_than_the_paper() -> None:
    """LLaMA-2 70B has eight heads of keys; the paper's numbers fit as many as of queries."""
    design = read_preset("cambricon-l").design
    true = token_schedule(design, workload(named_shape("llama-2-70b").shape), 1000).rate
    paper = paper_schedule(design, "llama-2-70b").rate
    assert paper == pytest.approx(3.44, rel=0.05)
    assert true > 1.2 * paper


def test_ufs_is_bound_by_its_link() -> None:
    """The paper: 0.06 tokens a second for 70B."""
    design = read_preset("ufs-4.0").design
    found = token_schedule(design, workload(named_shape("llama-2-70b").shape), 1000)
    assert found.rate == pytest.approx(0.06, abs=0.005)
    assert found.stages[0].time.pace.stream_limit == "link"
