"""Power that goes while the board's real firmware works, at operations all over a deploy.

The emulated part runs the shipped image. Every operation in every tear mode is done on the same C
sources, compiled for the host, in ../secure/test_power_cut.py: that takes a thousandth of the time.
"""

from __future__ import annotations

import random

import pytest

import edgesdk
from edgesdk.errors import LinkFailed
from edgesdk_backends.mcu.emulator import TEARS, Faults
from tests.backends_mcu.device.conftest import Board, answering
from tests.counting import Count


def sample(operations: int, count: int) -> list[int]:
    """The first and the last operations, where records are written, and some of the others."""
    edges = {1, 2, *range(operations - 3, operations + 1)}
    others = range(3, operations - 3)
    inner = random.Random(operations).sample(others, min(count, len(others)))
    return sorted(edges | set(inner))


def cut_once(board: Board, number: int, tear: str) -> int:
    """Cut a deploy of 3 over 2; the factor that answers behind it, before all is deployed again."""
    with pytest.raises(LinkFailed) as lost:
        board.deploy(board.bundle(3), Faults(cut=number, tear=tear, seed=number))
    assert lost.value.exit_code == 6
    with board.connect()[0] as device:
        found = answering(device)
        edgesdk.deploy(board.bundle(3), device)
        assert answering(device) == 3
    return found


def cut_deploys(board: Board, inner: int, count: Count) -> None:
    board.deploy(board.bundle(2))
    operations = board.copy("whole").deploy(board.bundle(3))
    cuts = sample(operations, inner)
    found = [
        cut_once(board.copy(f"{tear}-{number}"), number, tear)
        for number, tear in zip(cuts, list(TEARS) * len(cuts), strict=False)
    ]
    assert set(found) <= {2, 3}
    assert found == sorted(found), "the new model is there from one operation on"
    count("real firmware, model update: cut points", len(cuts))


def test_a_cut_while_a_model_is_deployed(board: Board, count: Count) -> None:
    cut_deploys(board, 6, count)


@pytest.mark.long
def test_every_cut_while_a_model_is_deployed(board: Board, count: Count) -> None:
    cut_deploys(board, 10**6, count)


def update(board: Board, faults: Faults | None = None) -> int:
    device, emulator = board.connect(faults)
    with device:
        device.update_firmware(lambda stage, done, total: None)
        return emulator.counts().operations


def cut_updates(board: Board, inner: int, count: Count) -> None:
    board.deploy(board.bundle(2))
    operations = update(board.copy("whole"))
    cuts = sample(operations, inner)
    for number, tear in zip(cuts, list(TEARS) * len(cuts), strict=False):
        mine = board.copy(f"{tear}-{number}")
        with pytest.raises(LinkFailed):
            update(mine, Faults(cut=number, tear=tear, seed=number))
        assert mine.factor() == 2, "the old or the new firmware runs the model"
        update(mine)
        assert mine.factor() == 2
    count("real firmware, firmware update: cut points", len(cuts))


def test_a_cut_while_firmware_is_updated(board: Board, count: Count) -> None:
    cut_updates(board, 2, count)


@pytest.mark.long
def test_many_cuts_while_firmware_is_updated(board: Board, count: Count) -> None:
    cut_updates(board, 100, count)


def test_the_power_goes_while_a_model_is_on_trial(board: Board) -> None:
    board.deploy(board.bundle(2))
    bundle = board.bundle(3)
    device, emulator = board.connect()
    with device:
        device.begin(bundle.signed)
        for part in bundle.manifest.parts:
            if device.wants(part):
                device.stage(part, bundle.open_part(part), lambda done: None)
        device.trial()
        emulator.restart()
    assert board.factor() == 2
