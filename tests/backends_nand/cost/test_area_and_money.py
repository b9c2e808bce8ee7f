"""Areas and prices: what was published, and what is not known stays unknown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgesdk_backends.nand.cost.area import area
from edgesdk_backends.nand.cost.money import device_price, price
from edgesdk_backends.nand.design.preset import read_preset

SMALL = read_preset("cambricon-s").design


def test_the_published_example() -> None:
    # Cambricon-LLM: 70 billion weights in 80 GB of flash and 2 GB of DRAM, or all in DRAM.
    assert price(SMALL, 80, 2).total == pytest.approx(43.67, abs=0.005)
    assert price(SMALL, 0, 80).total == pytest.approx(194.68, abs=0.005)


def test_a_device_pays_for_cells_that_are_used_for_one_bit() -> None:
    as_tlc = device_price(replace(SMALL, cell="tlc"))
    assert as_tlc.flash == pytest.approx(137.438953472 * SMALL.flash_usd_gb)
    assert device_price(SMALL).flash == pytest.approx(3 * as_tlc.flash)
    assert device_price(replace(SMALL, cell="slc")).flash == pytest.approx(3 * as_tlc.flash)
    assert device_price(SMALL).dram == as_tlc.dram == 2 * SMALL.dram_usd_gb


def test_the_area_of_cores() -> None:
    found = area(SMALL)
    assert found.cores == pytest.approx(32 * 39813.5e-6)
    assert (found.dies, found.share, found.total) == (None, None, None)


def test_the_published_share_is_of_no_whole_die() -> None:
    # +1.2 % by the paper: of 3.3 mm2. A flash die has some tens of them.
    assert area(replace(SMALL, die_area_mm2=3.318)).share == pytest.approx(0.012, rel=1e-3)
    known = area(replace(SMALL, die_area_mm2=60.0))
    assert known.share is not None
    assert known.share < 0.001
    assert known.total == pytest.approx(32 * (60 + 39813.5e-6))


def test_what_has_no_cores_has_no_area_of_them() -> None:
    assert area(read_preset("nvme").design).cores == 0
    assert area(read_preset("lincoln").design).cores is None  # cores, of an area not known
