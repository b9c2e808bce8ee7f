"""The best and the worst case, and whether a model fits at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgesdk.errors import ModelRefused
from edgesdk.predict_model import named_shape
from edgesdk_backends.nand.cost.wear import usable_pages
from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.design.options import chosen_design
from edgesdk_backends.nand.design.preset import preset_names
from edgesdk_backends.nand.mapping.placement import place
from edgesdk_backends.nand.timing.capacity import cache_bytes, check_capacity, model_pages
from edgesdk_backends.nand.timing.cases import FASTER, cases, unknown
from edgesdk_backends.nand.timing.slot import tile_of
from edgesdk_backends.nand.timing.token import token_schedule
from edgesdk_backends.nand.workload.decoder import workload
from edgesdk_backends.nand.workload.workload import Matrix

SEVENTY = workload(named_shape("llama-2-70b").shape)
MIXTRAL = workload(named_shape("mixtral-8x7b").shape)


@pytest.mark.parametrize("preset", preset_names())
def test_each_unknown_is_best_where_it_is_fastest(preset: str) -> None:
    """One at a time: none of them moves the token the wrong way."""
    chosen = chosen_design({"preset": preset})
    best, expected, worst = cases(chosen)
    for key in unknown(chosen):
        good = replace(expected.design, **{key: getattr(best.design, key)})
        bad = replace(expected.design, **{key: getattr(worst.design, key)})
        fast, slow = (token_schedule(design, SEVENTY, 2000).seconds for design in (good, bad))
        assert fast <= slow, key
        assert getattr(good, key) != getattr(bad, key)
    assert set(unknown(chosen)) <= set(FASTER)


def test_the_worst_case_sends_inputs_for_every_slot() -> None:
    worst = cases(chosen_design({"preset": "cambricon-s"}))[2]
    assert worst.each_slot
    once = token_schedule(worst.design, SEVENTY, 1000)
    always = token_schedule(worst.design, SEVENTY, 1000, each_slot=True)
    assert always.seconds > once.seconds
    pace, other = always.stages[0].time.pace, once.stages[0].time.pace
    assert pace.slot_seconds == pytest.approx(other.slot_seconds + other.load_seconds)
    assert always.total("load_seconds") == 0


def test_what_an_option_gives_is_known() -> None:
    chosen = chosen_design({"preset": "cambricon-s", "dram_gb_s": "36", "slices": "8"})
    assert {"dram_gb_s", "slices"}.isdisjoint(unknown(chosen))
    assert {case.design.dram_gb_s for case in cases(chosen)} == {36.0}


def test_pages_are_those_that_are_laid_out(small: Design) -> None:
    """Every copy of every expert, with the pages at edges."""
    assert MIXTRAL.head is not None
    kind = MIXTRAL.layers[0]
    matrices = [matrix for stage in kind.stages for matrix in stage.matrices]
    tile = tile_of(small, 8, 1)

    def pages(matrix: Matrix) -> int:
        return len(place(matrix.rows, matrix.inputs, tile)) * matrix.copies

    wanted = kind.count * sum(map(pages, matrices)) + pages(MIXTRAL.head)
    assert model_pages(small, MIXTRAL) == wanted
    assert wanted * small.page_bytes >= MIXTRAL.stored_weights


def test_a_model_fits_to_the_last_page(small: Design) -> None:
    """With the blocks that it needs; with one block of each plane less it does not."""
    plain = replace(small, factory_bad=0.0, spare_blocks=0.0)
    needed = model_pages(plain, SEVENTY)
    blocks = -(-needed // (plain.cores * plain.planes * plain.pages))
    enough = replace(plain, blocks=blocks)
    assert check_capacity(enough, SEVENTY) == needed <= usable_pages(enough)
    with pytest.raises(ModelRefused) as caught:
        check_capacity(replace(plain, blocks=blocks - 1), SEVENTY)
    assert caught.value.id == "EDGE-02240"
    assert f"{needed:,}" in caught.value.evidence


def test_a_cache_fits_to_the_last_position(small: Design) -> None:
    """160 KB a position of grouped heads, in 2 GB."""
    each = 2 * 1024 * 80
    assert cache_bytes(small, SEVENTY, 1) == each
    most = int(2e9 // each)
    check_capacity(small, SEVENTY, most)
    with pytest.raises(ModelRefused) as caught:
        check_capacity(small, SEVENTY, most + 1)
    assert caught.value.id == "EDGE-02241"
