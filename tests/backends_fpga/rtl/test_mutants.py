"""The surroundings of the block see what is wrong with one that breaks a rule of the bus."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edgesdk_backends.fpga.emulator import rtl_build
from edgesdk_backends.fpga.emulator.rtl_simulation import TOGETHER, BusMemory, Simulation
from edgesdk_backends.fpga.registers.spec import STATUS
from edgesdk_backends.fpga.weights.index_code import port_streams

from .problems import drawn

WRITER, SPLITTER = "edge_write_master.sv", "edge_burst_splitter.sv"
CONTROL, BLOCK = "edge_registers.sv", "edge_matmul_block.v"
# A file, what to replace in it, by what, and what is then said.
MUTANTS = {
    "data waits for its address": (
        WRITER,
        "COUNT'(issue) - COUNT'(last_sent)",
        "COUNT'(awvalid && awready) - COUNT'(last_sent)",
        "did not finish",
    ),
    "data changes": (WRITER, "wdata = word", "wdata = wready ? word : ~word", "a word was"),
    "done too early": (WRITER, "idle = !pending", "idle = data_pending || !pending", "under way"),
    "long bursts": (SPLITTER, " - 9'(address[INDEX+3:4])", "", "crosses 4096 bytes"),
    "an answer at once": (
        CONTROL,
        "assign awready = write;",
        "assign awready = awvalid;",
        "at once",
    ),
    "half words": (BLOCK, "SIZE = 3'd4", "SIZE = 3'd3", "not of whole words"),
}


@pytest.mark.long
@pytest.mark.parametrize(("file", "old", "new", "said"), MUTANTS.values(), ids=list(MUTANTS))
def test_it_is_seen(
    simulate: Callable[..., Simulation],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    file: str,
    old: str,
    new: str,
    said: str,
) -> None:
    """Even where the sums are right: the status is that of a bus error."""
    simulate(1)  # or skipped
    folder = tmp_path / "rtl"
    shutil.copytree(rtl_build.RTL, folder)
    text = (folder / file).read_text()
    assert text.count(old) == 1
    (folder / file).write_text(text.replace(old, new))
    monkeypatch.setattr(rtl_build, "RTL", folder)
    flags = [flag for flag in rtl_build.MODEL_FLAGS if flag != "-O1"]  # it runs but once
    monkeypatch.setattr(rtl_build, "MODEL_FLAGS", flags)
    monkeypatch.setenv("EDGESDK_BUILDS", str(tmp_path / "builds"))
    memory = BusMemory(order=TOGETHER, refusal=80, probe=1, offset=77)
    problem = drawn(1, 336, 3, 1)
    block = Simulation(rtl_build.rtl_library(1, MAX_ROWS=512), memory)
    status, _ = block.matmul(port_streams(problem.weights), 336, problem.codes)
    assert status == STATUS["bus_error"]
    assert said in block.fault
