"""The best and the worst case, and whether a model fits at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edgesdk.errors import ModelRefused, UsageError
from edgesdk.predict import Band
from edgesdk.predict.model import named_shape
from edgesdk_backends.nand.design.chosen import chosen_design
from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.design.preset import preset_names
from edgesdk_backends.nand.mapping.capacity import check_capacity, dram_bytes, model_pages
from edgesdk_backends.nand.mapping.placement import place
from edgesdk_backends.nand.mapping.tile import tile_of
from edgesdk_backends.nand.timing.cases import FASTER, Around, Ranges
from edgesdk_backends.nand.timing.published import (
    CONTEXT,
)
from edgesdk_backends.nand.timing.token import token_schedule
from edgesdk_backends.nand.workload.decoder import workload
from edgesdk_backends.nand.workload.workload import Matrix
from tools.nand_paper import (
    paper_workload,
    points,
)
from tools.refresh_nand_timing import PAGE

SEVENTY = workload(named_shape("llama-2-70b").shape)
MIXTRAL = workload(named_shape("mixtral-8x7b").shape)


@pytest.mark.parametrize("preset", preset_names())
def test_each_unknown_is_best_where_it_is_fastest(preset: str) -> None:
    """One at a time: none of them moves the token the wrong way."""
    cases = Ranges(chosen_design({"preset": preset})).cases()
    best, expected, worst = (case.design for case in cases.all)
    for key in cases.moved:
        good = replace(expected, **{key: getattr(best, key)})
        bad = replace(expected, **{key: getattr(worst, key)})
        fast, slow = (token_schedule(design, SEVENTY, 2000).seconds for design in (good, bad))
        assert fast <= slow, key
        assert getattr(good, key) != getattr(bad, key)
    assert set(cases.moved) <= set(FASTER)


def test_the_worst_case_sends_inputs_for_every_slot() -> None:
    worst = Ranges(chosen_design({"preset": "cambricon-s"})).cases().worst
    assert worst.each_slot
    once = token_schedule(worst.design, SEVENTY, 1000)
    always = token_schedule(worst.design, SEVENTY, 1000, each_slot=True)
    assert always.seconds > once.seconds
    pace, other = always.stages[0].time.pace, once.stages[0].time.pace
    assert pace.slot_seconds == pytest.approx(other.slot_seconds + other.load_seconds)
    assert always.total("load_seconds") == 0


def test_what_an_option_gives_is_known() -> None:
    """Other than the preset's value, or the same."""
    for dram, slices in (("36", "8"), ("40", "4")):
        chosen = chosen_design({"preset": "cambricon-s", "dram_gb_s": dram, "slices": slices})
        cases = Ranges(chosen).cases()
        assert {"dram_gb_s", "slices"}.isdisjoint(cases.moved)
        assert {case.design.dram_gb_s for case in cases.all} == {float(dram)}
        assert {case.design.slices for case in cases.all} == {int(slices)}


def test_only_what_contradicts_stays_as_expected() -> None:
    """A core of 0.547 GMAC/s is too slow for an array of 1.8 us; the other values are moved."""
    cases = Ranges(chosen_design({"preset": "cambricon-s", "read_us": "1.8"})).cases()
    worst, expected = cases.worst.design, cases.expected.design
    assert worst == replace(
        expected, slices=16, result_bytes=4, npu_special_gops=4.0, dram_gb_s=32.0, cache_bytes=2
    )
    assert list(cases.worst.kept) == ["core_gmacs"]
    (note,) = (text for text in cases.notes if "keeps" in text)
    assert note.startswith("the worst case keeps core_gmacs at 0.8 GMAC/s, else: a core takes 29.9")
    assert not cases.best.kept


def test_a_range_of_slices_that_do_not_divide_a_page_is_told(tmp_path: Path) -> None:
    path = tmp_path / "odd.toml"
    odd = 'slices = { value = 4, low = 3, high = 5, source = "a plan" }'
    path.write_text(f'extends = "cambricon-s"\n[design]\n{odd}\n')
    cases = Ranges(chosen_design({"preset": str(path)})).cases()
    assert [case.design.slices for case in cases.all] == [4, 4, 4]
    assert "slices" not in cases.moved
    assert {"core_gmacs", "dram_gb_s"} <= set(cases.moved)
    assert [text for text in cases.notes if "keeps slices at 4" in text]


def test_a_value_may_need_another() -> None:
    """Values that contradict the expected design alone, and not together, are both taken."""
    chosen = chosen_design({"preset": "cambricon-s"})

    def check(design: Design) -> None:
        if design.slices == 16:
            raise UsageError("no", evidence="never")
        if design.core_gmacs < 0.8 and design.cache_bytes == 1:
            raise UsageError("no", evidence="not alone")

    worst = Ranges(chosen, check).cases().worst
    assert (worst.design.core_gmacs, worst.design.cache_bytes) == (0.547, 2)
    assert worst.kept == {"slices": "never"}


def test_bands_are_of_the_ranges() -> None:
    """A measure that grows and one that shrinks with a parameter, best first."""
    ranges = Ranges(chosen_design({"preset": "cambricon-s", "erase_limit": "2000"}))
    limits = ranges.around(("read_limit", "erase_limit"), lambda d: d.read_limit * d.erase_limit)
    assert limits == Around(Band(1e6 * 2000, 4e5 * 2000, 1e5 * 2000), ())
    shrinking = ranges.around(("read_limit",), lambda d: 1 / d.read_limit, least=True)
    assert shrinking.band == Band(1e-6, 1 / 4e5, 1e-5)


def test_pages_are_those_that_are_laid_out(small: Design) -> None:
    """Every copy of every expert, with the pages at edges."""
    assert MIXTRAL.head is not None
    kind = MIXTRAL.layers[0]
    tile = tile_of(small, 8, 1)

    def pages(matrix: Matrix) -> int:
        return len(place(matrix.rows, matrix.inputs, tile)) * matrix.copies

    wanted = kind.count * sum(map(pages, kind.matrices)) + pages(MIXTRAL.head)
    assert model_pages(small, MIXTRAL) == wanted
    assert wanted * small.page_bytes >= MIXTRAL.stored_weights


def test_a_model_fits_to_the_last_page(small: Design) -> None:
    """With the blocks that it needs; with one block of each plane less it does not."""
    plain = replace(small, factory_bad=0.0, spare_blocks=0.0)
    needed = model_pages(plain, SEVENTY)
    blocks = -(-needed // (plain.cores * plain.planes * plain.pages))
    enough = replace(plain, blocks=blocks)
    assert check_capacity(enough, SEVENTY) == needed <= enough.usable_pages
    with pytest.raises(ModelRefused) as caught:
        check_capacity(replace(plain, blocks=blocks - 1), SEVENTY)
    assert caught.value.id == "EDGE-02240"
    assert f"{needed:,}" in caught.value.evidence


def test_a_cache_fits_to_the_last_position(small: Design) -> None:
    """160 KB a position of grouped heads and their scales in 2 GB; an embedding beside few."""
    each, embedding = 2 * (1024 + 8 * 4) * 80, 32000 * 8192 * 2
    assert dram_bytes(small, SEVENTY, 1) == each + embedding
    most = int(2e9 // each)
    check_capacity(small, SEVENTY, most)
    with pytest.raises(ModelRefused) as caught:
        check_capacity(small, SEVENTY, most + 1)
    assert caught.value.id == "EDGE-02241"


def test_published_points_outside_the_band_are_as_many_as_the_page_says() -> None:
    outside, furthest = 0, 0.0
    for point in points():
        found = Ranges(chosen_design({"preset": point.preset})).cases()
        best, _, worst = (
            token_schedule(
                case.design, paper_workload(point.model), CONTEXT, each_slot=case.each_slot
            ).rate
            for case in found.all
        )
        away = max(point.published / best, worst / point.published) - 1
        outside, furthest = outside + (away > 0), max(furthest, away)
    assert f"points, {outside} lie outside it, by up to {100 * furthest:.0f} %" in PAGE.read_text()
