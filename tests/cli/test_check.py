"""What ``edgesdk check`` shows: it fits a terminal, and sends nobody to what he has just run."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgesdk.backend import Fit, FitReport
from edgesdk.cli.check import fit_table
from edgesdk_backends.cpu.device import CpuDevice

from .conftest import Edge

SIZES = "head_size 128, hidden 2560, intermediate 6912, width 2560"
REPORT = FitReport(
    (
        Fit("sizes", SIZES, SIZES, True),
        Fit("ram", "9 bytes", "8 bytes", False, "of the plan"),
        Fit("cma", "9 bytes", "80 bytes", True, "contiguous memory: weights, head and a cache"),
    )
)


def test_no_line_is_wider_than_a_terminal_and_no_word_is_lost() -> None:
    table = fit_table(REPORT)
    assert max(map(len, table.splitlines())) <= 80
    words = table.split()
    for row in REPORT.rows:
        for text in (row.resource, row.needed, row.available, row.note):
            assert all(words.count(word) >= text.split().count(word) for word in text.split())


def test_a_note_stands_beside_its_row_or_below() -> None:
    lines = fit_table(REPORT).splitlines()
    [ram] = [line for line in lines if line.startswith("ram")]
    assert ram.split() == "ram 9 bytes 8 bytes NO of the plan".split()
    assert lines[-1] == "    contiguous memory: weights, head and a cache"


def test_who_has_run_check_is_not_sent_to_it(
    edge: Edge, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CpuDevice, "check", lambda self, manifest: REPORT)
    told = edge("check", bundle, "-d", "cpu:").err
    assert "EDGE-0901" in told
    assert "edgesdk check" not in told
    assert "edgesdk check" in edge("deploy", bundle, "-d", "cpu:").err


@pytest.mark.parametrize("odd", ["\u2028", "\u2029", "\x85", "\x1e", "\n", "\u202e"])
def test_no_text_of_a_bundle_hides_what_does_not_fit(odd: str) -> None:
    rows = (
        Fit("operators", f"a{odd}b{odd}c", f"x{odd}y", True, f"one{odd}two"),
        Fit("ram", "9 bytes", "8 bytes", False, "of the plan"),
    )
    lines = fit_table(FitReport(rows)).splitlines()
    assert lines[-1].split() == "ram 9 bytes 8 bytes NO of the plan".split()
    assert len(lines) == 3
    assert odd not in "".join(lines)
