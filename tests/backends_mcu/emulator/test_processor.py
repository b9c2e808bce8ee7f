"""The processor and the devices around it, as the ports use them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from .bench import engines, needs_qemu
from .stand_in import told

POWER, SOFTWARE, WATCHDOG, LOCKUP = 0, 2, 3, 4


@engines
def test_bytes_come_back_however_they_are_cut(tmp_path: Path, engine: str) -> None:
    chance = random.Random(1)
    with told(tmp_path, engine) as board:
        board.tell("e")
        sent = bytes(chance.randrange(1, 256) for _ in range(10_000))
        at = 0
        while at < len(sent):
            piece = sent[at : at + chance.choice([1, 7, 500, 3000])]
            board.emulator.link.write(piece)
            assert board.read(len(piece)) == piece
            at += len(piece)


def test_no_byte_of_a_full_window_is_lost(tmp_path: Path) -> None:
    """Two halves of the receiver's ring, at once."""
    with told(tmp_path) as board:
        sent = bytes(1 + i % 255 for i in range(16_000))
        board.tell("e")
        for _ in range(5):
            board.emulator.link.write(sent)
            assert board.read(len(sent)) == sent


@engines
def test_flash_only_clears_bits(tmp_path: Path, engine: str) -> None:
    with told(tmp_path, engine) as board:
        board.tell("120")
        assert board.line() == ("programmed", 0xFFFF0F0F)
        assert board.line() == ("programmed", 0x12345678 & 0xFFFF0F0F)
        assert board.line() == ("erased", 0xFFFFFFFF)
        if engine == "unicorn":
            counts = board.emulator.counts()
            assert (counts.programs, counts.erases, counts.operations) == (2, 1, 3)


@engines
def test_a_software_reset_is_told_from_power(tmp_path: Path, engine: str) -> None:
    with told(tmp_path, engine) as board:
        board.tell("r")
        assert board.line() == ("reset", SOFTWARE)
        board.emulator.restart()
        assert board.line() == ("reset", POWER)


@engines
@pytest.mark.parametrize("letter", ["f", "i", "o"])
def test_a_fault_is_remembered_and_the_board_starts_again(
    tmp_path: Path, engine: str, letter: str
) -> None:
    """A bad address, an undefined instruction, a stack that grows too far."""
    with told(tmp_path, engine) as board:
        board.tell(letter)
        assert board.line() == ("reset", SOFTWARE)
        where, reason = board.line()
        assert reason == 0x203  # a hard fault
        assert where == "stack" or int(where, 16) % 2 == 0


def test_a_fault_inside_a_fault_is_a_lockup(tmp_path: Path) -> None:
    with told(tmp_path) as board:
        board.tell("l")
        assert board.line() == ("reset", LOCKUP)
        counts = board.emulator.counts()
        assert counts.resets["lockup"] == 1
        assert len(counts.faults) == 1


def test_who_does_not_feed_the_watchdog_is_reset(tmp_path: Path) -> None:
    with told(tmp_path) as board:
        board.tell("w")
        assert board.line() == ("reset", WATCHDOG)
        assert board.emulator.counts().resets["watchdog"] == 1


def test_a_protected_boot_stage_cannot_be_erased(tmp_path: Path) -> None:
    with told(tmp_path) as board:
        before = (tmp_path / "flash").read_bytes()
        board.tell("p")
        assert board.line() == ("protected", 1)
        assert board.line() == ("reset", SOFTWARE)  # after a bus fault
        assert board.line()[1] == 0x203
        assert (tmp_path / "flash").read_bytes() == before


def test_counts_are_exact(tmp_path: Path) -> None:
    """100,000 rounds more of a loop of two instructions are 200,000 instructions more."""
    with told(tmp_path) as board:
        for _ in range(3):
            board.tell("c")
            (_, short), (_, long) = board.line(), board.line()
            assert long - short == 200_000
            assert 200_000 <= short < 200_040


@engines
def test_the_tick_runs(tmp_path: Path, engine: str) -> None:
    with told(tmp_path, engine) as board:
        seen = []
        while len(seen) < 3 or seen[-1] <= seen[0]:
            board.tell("t")
            seen.append(board.line()[1])
        assert seen == sorted(seen)


@engines
def test_the_next_image_starts_as_after_a_reset(tmp_path: Path, engine: str) -> None:
    with told(tmp_path, engine) as board:
        board.tell("j")
        assert board.line()[0] == "reset"
        board.tell("t")
        assert board.line()[0] == "milliseconds"


@needs_qemu
def test_loops_count_alike_in_both_engines(tmp_path: Path) -> None:
    found = {}
    for engine in ("unicorn", "qemu"):
        (tmp_path / engine).mkdir()
        with told(tmp_path / engine, engine) as board:
            board.tell("c")
            found[engine] = [board.line()[1], board.line()[1]]
    print(f"instructions of two loops: {found}")
    for one, other in zip(found["unicorn"], found["qemu"], strict=True):
        assert other == pytest.approx(one, rel=1e-3)
