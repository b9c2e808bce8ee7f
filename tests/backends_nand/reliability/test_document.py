"""The numbers of docs/nand-errors.md, worked out again."""

from __future__ import annotations

import re
from math import comb
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edgesdk_backends.nand.ecc.page_code import PageCode
from edgesdk_backends.nand.reliability.law import Age, raw_bit_error_rate
from edgesdk_backends.nand.reliability.options import OPTIONS
from edgesdk_backends.nand.reliability.sensing import sense
from edgesdk_backends.nand.reliability.settings import ErrorSettings
from tests.backends_nand.reliability.recoded import recoded

TEXT = (Path(__file__).parents[3] / "docs/nand-errors.md").read_text(encoding="utf-8")
MONTH, YEAR = 30 * 24, 365 * 24
AGES = {
    "fresh": Age(),
    "30 days": Age(1, MONTH),
    "30 days, 500 cycles": Age(500, MONTH),
    "30 days, 5,000 reads": Age(1, MONTH, 5000),
    "1 year": Age(1, YEAR),
    "1 year, 1,500 cycles": Age(1500, YEAR),
}


def table(heading: str) -> dict[str, list[float]]:
    """The rows of the table whose heading line is this, by their first column."""
    lines = TEXT[TEXT.index(heading) :].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: [number(cell) for cell in row[1:]] for row in cells}


def number(text: str) -> float:
    value = float(text.removesuffix(" %").replace(",", ""))
    return value / 100 if text.endswith("%") else value


def test_rates_by_age() -> None:
    rows = table("| age | tlc | lsb | slc |")
    assert rows.keys() == AGES.keys()
    for name, rates in rows.items():
        found = [float(raw_bit_error_rate(AGES[name], cell)) for cell in ("tlc", "lsb", "slc")]
        assert found == pytest.approx(rates, rel=0.04)


def test_what_is_left_by_the_formula() -> None:
    rows = table("| x | wrong bits of the data |")
    assert len(rows) == 4
    for x, (flips, lost, two, four) in ((float(x), row) for x, row in rows.items()):
        good = 1 - x
        assert flips == pytest.approx(16384 * 8 * x, rel=0.02)
        spoiled = 1 - good**19 - 19 * x * good**18
        assert lost == pytest.approx(163 * spoiled, rel=0.2)
        for copies, left in ((2, two), (4, four)):
            most = range(copies // 2 + 1, copies + 2)
            wrong = sum(comb(copies + 1, k) * x**k * good ** (copies + 1 - k) for k in most)
            assert left == pytest.approx(wrong, rel=0.02)


def share(mode: str, compare: str, rate: float, weights: NDArray[np.int8]) -> float:
    """The error that wrong bits leave, as a share of the weights' size."""
    code = PageCode(mode, compare=compare)
    raw = np.full((len(weights), 18048), 0xFF, np.uint8)
    raw[:, :16384] = weights.view(np.uint8)
    numbers, settings = np.arange(len(raw)), ErrorSettings(rber=rate, seed=3)
    found = sense(recoded(raw, code), numbers, numbers * 0 + 1, settings, code, cell="lsb")
    errors = found.data.view(np.int8).astype(float) - weights
    return float(np.sqrt((errors**2).mean() / (weights.astype(float) ** 2).mean()))


def test_what_is_left_of_normal_weights() -> None:
    pages = np.random.default_rng(0).normal(0, 1, (200, 16384))
    weights = np.round(pages * (127 / np.abs(pages).max(axis=1, keepdims=True))).astype(np.int8)
    rows = table("| x | none | paper | exact |")
    codes = [(mode, "magnitude") for mode in ("none", "paper", "exact", "secded")]
    codes += [("paper", "signed"), ("words", "magnitude")]
    assert list(rows) == ["1e-5", "1e-4", "2e-4", "8e-4", "1e-2"]
    for rate, told in rows.items():
        found = [share(mode, compare, float(rate), weights) for mode, compare in codes]
        assert found == pytest.approx(told, rel=0.05, abs=5e-5)  # two digits


def test_every_option_is_described() -> None:
    part = TEXT[TEXT.index("## Options") : TEXT.index("## What is not modelled")]
    keys = [line.split("|")[1] for line in part.splitlines() if line.startswith("| `")]
    assert set(re.findall(r"`([a-z]+)`", " ".join(keys))) == set(OPTIONS)
