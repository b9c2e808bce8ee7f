"""Where the package is missing, or Linux has no contiguous memory."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from edgesdk.errors import MissingExtra
from edgesdk_backends.fpga.pynq import hal as pynq_hal


def test_the_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynq", None)
    with pytest.raises(MissingExtra, match="pynq") as raised:
        pynq_hal.PynqHal()
    assert "edgesdk[pynq]" in raised.value.next_step


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MemTotal: 4 kB\nCmaTotal: 512 kB\nCmaFree:  100 kB\n", 102400),
        ("MemTotal: 4 kB\n", 0),
        ("CmaFree: much\n", 0),
        ("CmaFree:", 0),
    ],
)
def test_contiguous_memory(text: str, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_text", lambda self: text)
    assert pynq_hal.cma_free() == expected


def test_no_such_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(self: Path) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", missing)
    assert pynq_hal.cma_free() == 0
