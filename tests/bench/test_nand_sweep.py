"""How many designs of a 70B model a sweep predicts in a second, by processes.

Rates are printed and never asserted; ``make bench`` is where they are looked at.
"""

from __future__ import annotations

import time

import pytest

from edgesdk.explore import explore
from edgesdk.explore_grid import read_grid
from edgesdk.predict import ask
from edgesdk.predict_model import named_shape

WANTED = 1000  # designs a second on two cores


@pytest.mark.parametrize("model", ["llama-2-70b", "mixtral-8x7b"])
@pytest.mark.parametrize("jobs", [1, 2])
def test_rate(model: str, jobs: int) -> None:
    question = ask(named_shape(model), "nand:cambricon-l", {}, contexts=[1000])
    grid = read_grid(["channels=8..64:4", "chips=2..16:1", "read_us=10..40:2"])
    begin = time.perf_counter()
    found = explore(question, grid, jobs=jobs)
    rate = grid.count / (time.perf_counter() - begin)
    assert len(found.feasible) == grid.count
    print(
        f"\n{model}, {jobs} processes, their start included: {grid.count:,} designs, "
        f"{rate:,.0f} a second, ratio to {WANTED:,}: {rate / WANTED:.1f}"
    )
