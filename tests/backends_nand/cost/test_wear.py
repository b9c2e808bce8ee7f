"""Reading wears: the examples that were counted by hand, and what moves which way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgesdk_backends.nand.cost.wear import (
    BLOCK,
    CONVENTIONS,
    ITERATION,
    levelling,
    life_tokens,
    tokens_per_reclaim,
    wear,
)
from edgesdk_backends.nand.design.preset import read_preset

SMALL = read_preset("cambricon-s").design
RATE = 3.44  # tokens a second: 70 billion weights on Cambricon-LLM L


# Limits of 400 thousand (a study of 15 SSDs) and a million page reads a block.
@pytest.mark.parametrize(
    ("pages", "reads", "cycles", "tokens", "millions", "days"),
    [
        (1536, 400e3, 3e3, 260, 0.78, 2.6),  # TLC
        (512, 400e3, 3e3, 781, 2.3, 7.9),  # one bit of three
        (512, 1e6, 100e3, 1953, 195, 657),  # SLC
    ],
)
def test_by_block(
    pages: int, reads: float, cycles: float, tokens: int, millions: float, days: float
) -> None:
    design = replace(SMALL, pages=pages, read_limit=reads, erase_limit=cycles)
    block = wear(design, BLOCK, RATE)
    assert int(block.tokens_reclaim) == tokens
    assert block.life_tokens / 1e6 == pytest.approx(millions, rel=0.02)
    assert block.life_days == pytest.approx(days, rel=0.001, abs=0.05)


def test_by_iteration_as_lincoln_counts() -> None:
    # 5 thousand iterations and 100 thousand cycles: 5e8 tokens. With data that need to last three
    # days only, 4 million cycles: 2e10.
    lincoln = read_preset("lincoln").design
    assert wear(lincoln, ITERATION, RATE).life_tokens == 5e8
    assert life_tokens(replace(lincoln, erase_limit=4e6), ITERATION) == 2e10


def test_lincolns_rewriting_is_as_small_as_published() -> None:
    # 0.4 % for OPT-66B in two packages; a token in 85 ms, which is taken to be of 8 bits.
    lincoln = read_preset("lincoln").design
    found = wear(lincoln, ITERATION, 1 / 0.085, model_pages=65.69e9 / lincoln.page_bytes)
    assert 0.002 < found.rewriting < 0.006


def test_both_ways_differ_by_the_pages_of_a_block() -> None:
    block, iteration = (wear(SMALL, convention, RATE) for convention in CONVENTIONS)
    assert (block.convention, iteration.convention) == CONVENTIONS
    assert iteration.life_tokens / block.life_tokens == pytest.approx(SMALL.pages)


def test_rates_follow_from_one_another() -> None:
    for convention in CONVENTIONS:
        found = wear(SMALL, convention, RATE, model_pages=1e6)
        turns = levelling(SMALL, 1e6)
        assert found.reclaims_hour == pytest.approx(RATE * 3600 / found.tokens_reclaim)
        cycles = 24 * found.reclaims_hour / turns  # of a block in a day
        assert cycles * found.life_days == pytest.approx(SMALL.erase_limit)
        assert found.life_tokens == pytest.approx(found.life_days * 86400 * RATE)


def test_room_that_is_left_lengthens_the_life() -> None:
    pages = SMALL.usable_pages
    assert pages == 64 * 245 * 512
    assert levelling(SMALL, pages) == levelling(SMALL, None) == 1
    for convention in CONVENTIONS:
        full = life_tokens(SMALL, convention)
        assert life_tokens(SMALL, convention, model_pages=pages / 10) == pytest.approx(10 * full)


def test_pages_that_are_read_less_often_last_longer() -> None:
    # 8 experts of which a token takes 2.
    quarter = tokens_per_reclaim(SMALL, BLOCK, reads_per_page=0.25)
    assert quarter == 4 * tokens_per_reclaim(SMALL, BLOCK)
    found = wear(SMALL, BLOCK, RATE, reads_per_page=0.25)
    assert found.life_tokens == pytest.approx(4 * wear(SMALL, BLOCK, RATE).life_tokens)


def test_rewriting_takes_the_time_of_its_pages_and_blocks() -> None:
    design = replace(SMALL, program_us=100.0, erase_us=5120.0)  # 110 us a page with its erase
    found = wear(design, BLOCK, 1.0, model_pages=64 * 1000)  # a thousand pages a plane
    assert found.rewriting == pytest.approx(1000 * 110e-6 / found.tokens_reclaim)
