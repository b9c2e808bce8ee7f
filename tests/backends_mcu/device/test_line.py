"""A bad line between host and board: what it costs, and what it can never do."""

from __future__ import annotations

import numpy as np
import pytest

import edgesdk
from edgesdk.bundle import Bundle
from edgesdk.errors import LinkFailed
from edgesdk_backends.mcu.emulator import Emulator
from edgesdk_backends.mcu.greeting import device_on
from edgesdk_backends.mcu.links.faulty import FaultyLink
from edgesdk_backends.mcu.options import LinkOptions
from tests.backends_mcu.device.conftest import ADDRESS, TARGET, Board, answering
from tests.formats.tflite_builder import Builder


def large(board: Board) -> Bundle:
    """A model of 120 KB: y = W x, int8."""
    builder = Builder()
    scale = {"scale": 0.05, "zero": 0}
    x = builder.tensor("x", [1, 400], 9, **scale)
    weights = np.random.default_rng(1).integers(-127, 128, (300, 400)).astype(np.int8)
    y = builder.tensor("y", [1, 300], 9, scale=2.0, zero=0)
    given = [x, builder.constant(weights, **scale)]
    builder.operator("FULLY_CONNECTED", given, [y], options=("FullyConnectedOptions", {}))
    builder.graph.inputs, builder.graph.outputs = [x], [y]
    path = board.folder / "large.tflite"
    path.write_bytes(builder.content())
    return board.open_bundles.enter_context(edgesdk.compile(path, TARGET, name="scale"))


def frames(board: Board, bundle: Bundle, bit_errors: float, seed: int = 0) -> int:
    """Frames that the host sends in a deploy."""
    emulator = Emulator.start(board.flash)
    line = FaultyLink(emulator.link, bit_errors=bit_errors, seed=seed)
    with device_on(ADDRESS, line, LinkOptions(deadline=0.2), emulator.close) as device:
        edgesdk.deploy(bundle, device)
    assert (line.flipped > 0) == (bit_errors > 0)
    return line.frames


def test_bit_errors_of_1e_5_cost_less_than_twice_the_frames(board: Board) -> None:
    bundle = large(board)
    clean = frames(board.copy("clean"), bundle, 0.0)
    assert frames(board, bundle, 1e-5) <= 2 * clean


def test_bit_errors_of_1e_3_end_a_deploy_and_leave_the_old_model(board: Board) -> None:
    board.deploy(board.bundle(2))
    device, _ = board.connect()
    client = device._client
    client._link = FaultyLink(client._link, bit_errors=1e-3)
    client.seconds = 0.1
    with device, pytest.raises(LinkFailed) as lost:
        edgesdk.deploy(large(board), device)
    assert lost.value.exit_code == 6
    assert board.factor() == 2


@pytest.mark.parametrize("after", [1, 20, 40, 60])
def test_a_host_that_dies_in_the_middle_of_a_deploy(board: Board, after: int) -> None:
    """The line is gone after so many frames; the next host deploys as if nothing had been."""
    board.deploy(board.bundle(2))
    bundle = large(board)
    device, emulator = board.connect()
    client = device._client
    client._link = FaultyLink(client._link, cut_after=after)
    with pytest.raises(LinkFailed), device:
        edgesdk.deploy(bundle, device)
    emulator.close()
    assert board.factor() == 2
    board.deploy(board.bundle(3))
    with board.connect()[0] as device:
        assert answering(device) == 3
