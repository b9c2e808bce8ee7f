"""The example of docs/boards.md runs, and its tables say what the boards' descriptions say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.firmware.board import ROOT, boards

PAGE = (ROOT / "docs" / "boards.md").read_text()


def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    [example] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(example, "docs/boards.md", "exec"), names)
    assert (tmp_path / "board.flash").stat().st_size >= 1 << 20


@pytest.mark.parametrize("board", boards(), ids=lambda board: board.name)
def test_the_tables_have_the_addresses(board: object) -> None:
    layout = board.layout  # type: ignore[attr-defined]
    load = layout["load"]
    for address in (
        load["address"],
        load["address"] + load["size"],
        layout["boot_ram"]["address"],
        layout["retained"]["address"],
    ):
        assert f"0x{address:08X}" in PAGE
    for offset in (*layout["firmware"]["offset"], *layout["model"]["offset"]):
        assert f"0x{offset:05X}" in PAGE


def test_every_board_is_listed() -> None:
    for board in boards():
        assert f"| `{board.name}` |" in PAGE
