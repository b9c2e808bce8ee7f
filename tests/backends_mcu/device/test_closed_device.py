"""A device that was closed is used no more, whatever is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import edgesdk
from edgesdk.errors import UsageError
from edgesdk_backends.mcu.device import McuDevice
from tests.backends_mcu.device.conftest import Board
from tests.backends_mcu.device.test_way_back import try_it

CALLS: dict[str, Callable[[McuDevice], Any]] = {
    "trial": lambda device: device.trial(),
    "confirm": lambda device: device.confirm(),
    "revert": lambda device: device.revert(),
}


@pytest.mark.parametrize("amid", [False, True], ids=["idle", "amid a deploy"])
def test_a_closed_device_says_so(board: Board, amid: bool) -> None:
    edgesdk.deploy(board.bundle(2), device := board.connect()[0])
    if amid:
        try_it(device, board.bundle(3))
    device.close()
    device.close()
    for name, call in CALLS.items():
        with pytest.raises(UsageError) as refused:
            call(device)
        assert refused.value.id == "EDGE-0207", name
    assert board.factor() == 2
