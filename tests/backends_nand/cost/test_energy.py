"""Joules of a token: against what was published, and part by part."""

from __future__ import annotations

from dataclasses import fields

import pytest

from edgesdk_backends.nand.cost.energy import CONSTANTS, energy, joules, joules_band
from edgesdk_backends.nand.cost.traffic import Traffic
from edgesdk_backends.nand.design.chosen import chosen_design
from edgesdk_backends.nand.design.consistency import changed
from edgesdk_backends.nand.design.preset import preset_names, read_preset
from tools.nand_paper_energy import (
    FIGURES,
    Figure,
    flexgen_joules,
    small_joules,
)

TRAFFIC = Traffic(
    seconds=0.1,
    core_bytes=4e9,
    npu_bytes=2e9,
    channel_bytes=2.5e9,
    link_bytes=2e9,
    dram_bytes=1e9,
    core_macs=4e9,
    npu_macs=2e9,
    page_reads=400_000,
)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_published_energy(figure: Figure) -> None:
    # Cambricon-LLM (arXiv 2409.15654): S in whole joules, so half of one is rounding.
    assert abs(small_joules(figure) - figure.small) <= max(0.5, 0.08 * figure.small)
    assert flexgen_joules(figure) == pytest.approx(figure.flexgen, rel=0.08)


def test_the_published_advantage_comes_out() -> None:
    # "67 %" of FlexGen's energy. Ours: 0.63 to 0.65.
    for figure in FIGURES:
        assert 0.6 < small_joules(figure) / flexgen_joules(figure) < 0.7


def test_a_bit_at_a_time() -> None:
    design = read_preset("cambricon-s").design
    parts = {part.name: part.joules for part in energy(design, TRAFFIC)}
    assert parts["array"] == pytest.approx(6e9 * 8 * 18.278e-12)
    assert parts["channels"] == pytest.approx(2.5e9 * 8 * 5.8e-12)
    assert parts["link"] == 0
    assert parts["DRAM"] == pytest.approx(1e9 * 8 * 4e-12)
    assert parts["cores"] == pytest.approx(4e9 * 3.544e-12)
    assert parts["NPU"] == pytest.approx(2e9 * 0.3e-12)
    assert parts["standing"] == 0


@pytest.mark.parametrize("name", preset_names())
def test_parts_add_up(name: str) -> None:
    design = changed(read_preset(name).design, {"static_w": 2.5})
    parts = energy(design, TRAFFIC)
    assert sum(part.joules for part in parts) == pytest.approx(joules(design, TRAFFIC), rel=1e-12)
    assert parts[-1].joules == pytest.approx(0.25)
    assert all(part.how for part in parts)


def test_every_constant_is_named_by_a_part_and_raises_the_sum() -> None:
    design = read_preset("nvme").design
    hows = " ".join(part.how for part in energy(design, TRAFFIC))
    for key in CONSTANTS:
        assert f"({key})" in hows
        more = changed(design, {key: getattr(design, key) + 1.0})
        assert joules(more, TRAFFIC) > joules(design, TRAFFIC)


def test_a_band_is_that_of_the_constants() -> None:
    band = joules_band(chosen_design({"preset": "cambricon-s"}), TRAFFIC)
    assert band.best < band.expected < band.worst
    # Read and channel have no range: the worst adds 1 pJ of link, 4 of DRAM, 0.7 of the NPU.
    assert band.worst - band.expected == pytest.approx(
        2e9 * 8 * 1e-12 + 1e9 * 8 * 4e-12 + 2e9 * 0.7e-12
    )


def test_what_an_option_gives_has_no_range() -> None:
    given = {"link_pj_bit": "0", "dram_pj_bit": "4", "npu_pj_mac": "0.5", "core_pj_mac": "3"}
    band = joules_band(chosen_design({"preset": "cambricon-s", **given}), TRAFFIC)
    assert band.best == band.expected == band.worst


def test_traffic_is_multiplied_field_by_field() -> None:
    double = TRAFFIC.times(2)
    for field in fields(Traffic):
        assert getattr(double, field.name) == 2 * getattr(TRAFFIC, field.name)
