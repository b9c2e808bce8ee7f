"""How many designs of a 70B model a sweep predicts in a second, by processes.

Rates are printed and never asserted; ``make bench`` is where they are looked at.
"""

from __future__ import annotations

import time

import pytest

from edgesdk.explore import explore, read_grid
from edgesdk.predict import ask
from edgesdk.predict.model import named_shape

WANTED = 1000  # designs a second on two cores


# All that can happen to eight experts of a token.
EXPERTS = {
    "experts_cached": "20",
    "experts_prefetch": "0.5",
    "experts_miss_bits": "4",
    "experts_miss_share": "0.5",
    "dram_gb": "64",
}


@pytest.mark.parametrize(
    ("model", "options"),
    [("llama-2-70b", {}), ("mixtral-8x7b", {}), ("qwen3-30b-a3b", EXPERTS)],
)
@pytest.mark.parametrize("jobs", [1, 2])
def test_rate(model: str, options: dict[str, str], jobs: int) -> None:
    question = ask(named_shape(model), "nand:cambricon-l", options, contexts=[1000])
    grid = read_grid(["channels=8..64:4", "chips=2..16:1", "read_us=10..40:2"])
    begin = time.perf_counter()
    found = explore(question, grid, jobs=jobs)
    rate = grid.count / (time.perf_counter() - begin)
    assert len(found.feasible) == grid.count
    print(
        f"\n{model}, {jobs} processes, their start included: {grid.count:,} designs, "
        f"{rate:,.0f} a second, ratio to {WANTED:,}: {rate / WANTED:.1f}"
    )
