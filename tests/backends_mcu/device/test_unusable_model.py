"""A model that cannot be used any more does not stand in the way of the next one."""

from __future__ import annotations

import hashlib

import pytest

import edgesdk
from edgesdk.bundle import keys
from edgesdk.errors import FormatRefused, ModelNotFound
from edgesdk_backends.mcu import inventory
from edgesdk_backends.mcu.interface import Interface
from tests.backends_mcu.device.conftest import Board, answering


def test_a_model_whose_key_was_taken_back_is_followed_by_one_of_another_key(board: Board) -> None:
    """It is in the first slot and not valid, but still what the device comes back to: the next one
    goes to the second slot, and is looked for there."""
    board.deploy(board.bundle(2))
    other = keys.create("other")
    with board.connect()[0] as device:
        device.trust(other.public)
        device.distrust(keys.development_key().public)
        assert device.models() == ()
        edgesdk.deploy(board.bundle(3, key=other), device)
        assert device.models()[0].slot == "b"
        assert answering(device) == 3


def test_a_model_that_cannot_be_read_keeps_its_place_from_nobody(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.deploy(board.bundle(2))

    def garbled(data: bytes) -> None:
        raise FormatRefused("The interface cannot be read", evidence="no text", code=30)

    monkeypatch.setattr(inventory, "decode", garbled)
    with board.connect()[0] as device:
        [installed] = device.models()
        assert installed.problem == "no text"
        fit = device.check(board.bundle(3).signed)
        assert [row.note for row in fit.rows if not row.fits] == []


def test_rollback_gets_past_a_model_that_cannot_be_read(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.deploy(board.bundle(2))
    bad = board.bundle(3)
    board.deploy(bad)
    decode = inventory.decode

    def garbled(data: bytes) -> Interface:
        found = decode(data)
        if found.version == "3.0.0":
            raise FormatRefused("The interface cannot be read", evidence="no text", code=30)
        return found

    monkeypatch.setattr(inventory, "decode", garbled)
    with board.connect()[0] as device:
        [installed] = device.models()
        assert (installed.problem, installed.slot) == ("no text", "b")
        assert installed.manifest_sha256 == hashlib.sha256(bad.signed.data).hexdigest()
        with pytest.raises(ModelNotFound):
            device.rollback("another")
        assert device.rollback("scale").version == "2.0.0"
        assert answering(device) == 2
