"""The accounting of area, and the exploration that rests on it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from edgesdk import toml
from edgesdk.predict.model import read_subject
from edgesdk_backends.fpga.timing import operators
from edgesdk_backends.fpga.timing.area import PART, SHARE, Area, Operators, bram, uram
from edgesdk_backends.fpga.timing.design import Streaming
from edgesdk_backends.fpga.timing.profile import read_profile
from edgesdk_backends.fpga.timing.resources import BUILDER, LANE, blocks, lookups, sums, total, uses
from tools.fpga_designs import CHOICES, WRITTEN, Point, explore, pareto

KERNELS = Path(__file__).parents[3] / "hls" / "kernels"
LARGE = read_subject("bitnet-0.73b").config


@pytest.fixture(scope="module")
def points() -> list[Point]:
    return list(explore(read_profile("edge"), LARGE))


@pytest.mark.parametrize(
    ("bits", "depth", "blocks"),
    [(72, 4096, 1), (73, 4096, 2), (72, 4097, 2), (168, 1728, 3), (1, 1, 1)],
)
def test_uram(bits: int, depth: int, blocks: int) -> None:
    assert uram(bits, depth) == Area(uram=blocks)


@pytest.mark.parametrize(
    ("bits", "depth", "blocks"),
    [(36, 512, 0.5), (72, 512, 1), (18, 1024, 0.5), (36, 1024, 1), (8, 2048, 0.5), (1, 16384, 0.5)],
)
def test_bram(bits: int, depth: int, blocks: float) -> None:
    assert bram(bits, depth) == Area(bram36=blocks)


def counted(header: str, name: str) -> tuple[int, int]:
    """Multiplications and additions that a header's comment counts of a unit."""
    text = " ".join((KERNELS / header).read_text().replace("//", " ").split())
    [(products, sums)] = re.findall(rf"{name} (\d+) mul, (\d+) add", text)
    return int(products), int(sums)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("reciprocal", operators.RECIPROCAL),
        ("rsqrt", operators.RSQRT),
        ("exponential", operators.EXPONENTIAL),
    ],
)
def test_operators_are_those_of_the_comments(name: str, unit: Operators) -> None:
    assert (unit.multiplications, unit.additions) == counted("units.hpp", name)


def test_the_blocks_add_up(design: Streaming) -> None:
    whole = total(design).by_name()
    for use in uses(design):
        assert use.used == pytest.approx(whole[use.resource])
        assert use.available == PART[use.resource]
        assert use.used == pytest.approx(
            sum(b.area.by_name()[use.resource] for b in blocks(design))
        )


def test_more_at_once_takes_more_area(design: Streaming) -> None:
    for change in ({"lanes": 8}, {"chunk": 16}, {"vector": 8}, {"queries": 4}, {"activation": 4}):
        assert total(replace(design, **change)).lut > total(design).lut


def test_the_sums_of_a_chunk_are_three_words_of_uram_for_each_lane(design: Streaming) -> None:
    assert sums(design) == Area(uram=12)


@pytest.mark.parametrize("chunk", [1, 4, 8])
def test_the_lookups_are_what_yosys_counts(chunk: int, design: Streaming) -> None:
    counted = toml.loads((KERNELS.parent / "rtl" / "budget.toml").read_text())["blocks"]
    whole, lane = counted[f"matmul_{chunk}"], counted["lane"]
    found = lookups(replace(design, chunk=chunk))
    assert found.lut == pytest.approx(whole["LUT"] + whole["LUTRAM"], rel=0.02)
    assert found.ff == pytest.approx(whole["FF"], rel=0.02)
    assert Area(lane["LUT"] + lane["LUTRAM"], lane["FF"]) == LANE


def test_fewer_ports_take_fewer_masters(design: Streaming) -> None:
    less = total(replace(design, ports=2))
    assert total(design).lut - less.lut == 2 * 1200
    assert total(design).bram36 - less.bram36 == 2 * (2 + 2)


def test_half_the_tables_take_half_the_lookups(design: Streaming) -> None:
    whole, half = lookups(design), lookups(replace(design, tables=16))
    assert whole.lut - half.lut == pytest.approx(16 * (LANE.lut / 32) * 32 + BUILDER.lut / 2)


def test_the_part_is_that_of_the_rtls_budget() -> None:
    part = toml.loads((KERNELS.parent / "rtl" / "budget.toml").read_text())["part"]
    assert {name: part[name] for name in ("LUT", "FF", "BRAM36", "URAM", "DSP")} == PART


def test_the_part_is_that_of_vitis_budget() -> None:
    """Under the names that its report has; both scripts stand alone, so each has the numbers."""
    budget = toml.loads((KERNELS.parent / "vitis" / "budget.toml").read_text())
    names = {"CLB LUTs": "LUT", "CLB Registers": "FF", "Block RAM Tile": "BRAM36", "DSPs": "DSP"}
    assert {names.get(name, name): row["total"] for name, row in budget.items()} == PART
    assert {row["share"] for row in budget.values()} == {SHARE}


def test_what_the_kernels_are_written_for(design: Streaming) -> None:
    assert {key: getattr(design, key) for key in WRITTEN} == WRITTEN
    text = "".join(path.read_text() for path in KERNELS.glob("*.hpp"))
    assert "static_assert(16 / Rates::VECTOR == 4" in text
    assert "static_assert(Rates::VECTOR / Rates::ACTIVATION == 4" in text


def test_a_head_on_the_host_takes_no_multipliers(design: Streaming) -> None:
    without = total(replace(design, head="host"))
    assert total(design).dsp - without.dsp >= design.head_products


def test_every_combination_is_looked_at(points: list[Point]) -> None:
    count = 1
    for choices in CHOICES.values():
        count *= len(choices)
    assert len({point.values for point in points}) == count


def test_none_of_the_best_is_beaten(points: list[Point]) -> None:
    best = pareto(points)
    assert best
    for point in best:
        assert point.fits
        assert max(point.shares) <= SHARE
        for other in points:
            better = other.decode >= point.decode and other.prefill >= point.prefill
            smaller = max(other.shares) < max(point.shares)
            assert not (other.fits and better and smaller)


def test_our_own_sizes_are_among_the_combinations(points: list[Point]) -> None:
    entries = read_profile("edge").entries
    ours = tuple(entries[key].values[1] for key in CHOICES)
    assert ours in {point.values for point in points}


def test_our_own_design_keeps_its_promises(points: list[Point]) -> None:
    # Twice the decode and the prompt rate of arXiv 2510.15926, within 80 % of every resource, and
    # no other size is better in all.
    entries = read_profile("edge").entries
    ours = tuple(entries[key].values[1] for key in CHOICES)
    [point] = [point for point in points if point.values == ours]
    assert point.fits
    assert point.decode >= 2 * 25
    assert point.prefill >= 2 * 142
    assert point in pareto(points)
