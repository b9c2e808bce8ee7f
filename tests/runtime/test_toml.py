"""TOML where nothing reads it: boards with Python 3.10 take what the build has written as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgesdk import UsageError, toml
from edgesdk_backends.fpga.boards import read_board
from edgesdk_backends.fpga.timing.profile import read_profile

FPGA = Path(__file__).parents[2] / "backends" / "fpga"
FOR_BOARDS = sorted(FPGA.rglob("*.toml"))


@pytest.fixture
def no_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toml, "_reader", lambda: None)


@pytest.mark.parametrize("path", FOR_BOARDS, ids=lambda path: path.name)
def test_a_copy_says_what_the_file_says(path: Path) -> None:
    copy = path.with_name(f"{path.name}.json")
    assert json.loads(copy.read_text()) == toml.loads(path.read_text())


def test_a_board_without_a_reader_knows_what_was_shipped_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = [path.stem for path in FPGA.glob("profiles/*.toml")]
    with_reader = [read_profile(name) for name in names], read_board("kv260")
    monkeypatch.setattr(toml, "_reader", lambda: None)
    read_board.cache_clear()
    assert ([read_profile(name) for name in names], read_board("kv260")) == with_reader


def test_a_file_of_its_own_needs_the_reader(no_reader: None, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        toml.document(tmp_path / "edgesdk.toml", "")
    assert caught.value.id == "EDGE-02302"
    assert "pip install tomli" in str(caught.value)
