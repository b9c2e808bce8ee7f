"""What is shown on a terminal while ``edgesdk bench`` measures, and that nothing of it stays."""

from __future__ import annotations

import io
import sys

import pytest

from edgesdk.cli.bench import _progress
from edgesdk.cli.generate.view import StatusLine
from edgesdk.cli.output import Output


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_benchmark_that_time_ended_leaves_no_line_before_its_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    out = Output()
    line = StatusLine(out)
    tell = _progress(out, line)
    tell(0, 400)
    tell(120, 400)
    line.clear()
    shown = sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert "warming up" in shown
    assert shown.endswith("\r\x1b[K")
