"""What AXI allows a memory, and what it asks of the block."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from edgesdk_backends.fpga.emulator.rtl_build import RTL
from edgesdk_backends.fpga.emulator.rtl_simulation import (
    ADDRESS_FIRST,
    ANY_ORDER,
    DATA_FIRST,
    TOGETHER,
    BusMemory,
    Simulation,
)
from edgesdk_backends.fpga.timing.cycles import matmul_cycles

from .problems import drawn, drawn_shape, solve

ORDERS = {
    "any": ANY_ORDER,
    "address first": ADDRESS_FIRST,
    "together": TOGETHER,
    "data first": DATA_FIRST,
}
in_each_order = pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)

# A rule of the bus: what breaks it, and what is then said.
BROKEN_RULES = {
    "nothing": "",
    "address-changes": "an address was withdrawn or changed",
    "address-withdrawn": "an address was withdrawn or changed",
    "word-changes": "a word was withdrawn or changed",
    "word-withdrawn": "a word was withdrawn or changed",
    "last-changes": "a word was withdrawn or changed",
    "last-early": "WLAST is not at the burst's end",
    "last-missing": "WLAST is not at the burst's end",
    "bytes": "a word is not written whole",
    "size": "a burst is not of whole words",
    "fixed": "a burst's addresses do not count up",
    "boundary": "a burst crosses 4096 bytes",
    "within": "a burst begins within a word",
}


@in_each_order
def test_a_write_may_be_taken_in_any_order(block: Simulation, order: int) -> None:
    """Of many bursts, and of one; without a refusal and with many."""
    for refusal in (0, 100, 220):
        for rows, tokens in ((16, 1), (336, 8)):
            memory = BusMemory(order=order, refusal=refusal, seed=refusal, offset=13 * order)
            block.configure(memory)
            solve(block, drawn(rows, rows, 1, tokens))


@in_each_order
def test_sums_that_have_no_memory(block: Simulation, order: int) -> None:
    block.configure(BusMemory(order=order, broken=1 << 5))
    problem = drawn(1, 64, 1, 1)
    status, _ = block.matmul(np.zeros((4, 320), np.uint8), 64, problem.codes)
    assert (status, block.fault) == (5, "")


def test_waiting_for_an_address_costs_nothing(block: Simulation) -> None:
    block.configure(BusMemory(order=ADDRESS_FIRST))
    solve(block, drawn(1, 336, 2, 3))
    assert block.counts.cycles == matmul_cycles(336, 2, 3)


@pytest.mark.parametrize("refusal", [0, 120])
def test_no_output_follows_an_input_at_once(block: Simulation, refusal: int) -> None:
    """In any cycle of runs and of accesses to registers."""
    block.configure(BusMemory(probe=1, refusal=refusal, order=TOGETHER if refusal else ANY_ORDER))
    for seed in range(3):
        solve(block, drawn_shape(seed, 8))


@pytest.fixture(scope="module")
def breaker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The memory's model on its own, with a master that breaks the rule it is told to."""
    if shutil.which("c++") is None:
        pytest.skip("there is no C++ compiler")
    program = tmp_path_factory.mktemp("rules") / "break_rules"
    source = Path(__file__).with_name("break_rules.cpp")
    flags = ["-std=c++17", "-Wall", "-Wextra", "-Werror", f"-I{RTL}"]
    subprocess.run(["c++", *flags, str(source), "-o", str(program)], check=True)
    return program


@pytest.mark.parametrize(("rule", "complaint"), BROKEN_RULES.items(), ids=list(BROKEN_RULES))
def test_a_broken_rule_is_seen(breaker: Path, rule: str, complaint: str) -> None:
    done = subprocess.run([breaker, rule], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == complaint
