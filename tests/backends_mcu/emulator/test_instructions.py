"""Instruction counts: exact, the same every time, and the same in two engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgesdk_backends.mcu.smp.model_group import MODEL

from .bench import Bench, bench, needs_qemu, pooling_input, pooling_model


def counts(board: Bench, runs: int) -> list[int]:
    board.install_application()
    board.send(MODEL, pooling_model())
    opened = board.group.open(0)
    board.group.feed(pooling_input())
    return [board.group.infer(None, opened.outputs, 10.0)[1] for _ in range(runs)]


def test_the_count_is_the_same_every_time(tmp_path: Path) -> None:
    with bench(tmp_path, "unicorn") as board:
        first, *others = counts(board, 5)
        assert others == [first] * 4
        assert first > 10_000


@needs_qemu
def test_two_engines_agree(tmp_path: Path) -> None:
    found = {}
    for engine in ("unicorn", "qemu"):
        with bench(tmp_path, engine) as board:
            found[engine] = counts(board, 3)
    print(f"instructions: {found}")
    for other in found["qemu"]:
        assert other == pytest.approx(found["unicorn"][0], rel=1e-3)
