"""Bundles that were signed by a trusted key and are bad all the same: the device itself says no.

What stops at the host (a flipped bit, another key, a lower counter) is in the tests of the command
line and the conformance suite; here the damage lies inside, and every hash around it is right.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import edgesdk
from edgesdk.bundle import Bundle, write_bundle
from edgesdk.bundle.keys import development_key, trusted_keys
from edgesdk.bundle.signing import SigningKey
from edgesdk.errors import EdgeError
from edgesdk_backends.mcu import announcement
from edgesdk_backends.mcu.image import MODEL_HEADER, Image, make_model_image
from tests.backends_mcu.device.conftest import TARGET, Board, answering

STRANGER = SigningKey.from_seed(bytes(32))


@dataclass(frozen=True)
class Making:
    """How an image is made; ``spoil`` is what happens to its finished bytes."""

    payload: Callable[[bytes], bytes] = lambda plan: plan
    target: str = TARGET
    counter: int = 0
    key: SigningKey | None = None
    spoil: Callable[[bytes], bytes] = lambda image: image


def remade(board: Board, bundle: Bundle, making: Making) -> Bundle:
    """The bundle with an image made anew, all of it hashed and signed again."""
    parts = {part.name: bundle.read_part(part) for part in bundle.manifest.parts}
    manifest = bundle.manifest
    made = make_model_image(
        making.payload(payload(parts["model.img"])),
        name=manifest.name,
        version=manifest.version,
        security_counter=making.counter or manifest.security_counter,
        target=making.target,
        key=making.key or development_key(),
    )
    spoilt = Image(
        making.spoil(made.content),
        made.security_counter,
        made.digest,
        made.key_hash,
        made.signature,
    )
    parts |= {"announcement.bin": announcement.encode(spoilt), "model.img": spoilt.content}
    described = tuple(
        replace(p, size=len(parts[p.name]), sha256=hashlib.sha256(parts[p.name]).hexdigest())
        for p in manifest.parts
    )
    path = board.folder / "remade.edge"
    write_bundle(path, replace(manifest, parts=described), parts, development_key())
    return board.open_bundles.enter_context(edgesdk.read_bundle(path, trusted_keys()))


def payload(image: bytes) -> bytes:
    """The execution plan inside an image."""
    size = int.from_bytes(image[12:16], "little")
    return image[MODEL_HEADER : MODEL_HEADER + size]


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


IMAGE, PLAN = "not a well-formed image", "execution plan is malformed"
SHORT = "its signature does not hold"  # the last bytes that are missing
REFUSED = [
    pytest.param(Making(key=STRANGER), "a key that the device does not trust", id="another key"),
    pytest.param(Making(target="mcu:cortex-m4"), "made for another device", id="another device"),
    pytest.param(Making(payload=lambda plan: plan[:-4]), PLAN, id="a plan cut short"),
    pytest.param(Making(payload=lambda plan: b""), PLAN, id="no plan"),
    pytest.param(Making(payload=lambda plan: b"\xff" * 4096), PLAN, id="no plan but noise"),
    pytest.param(Making(spoil=lambda image: image[:-1]), SHORT, id="an image cut short"),
    pytest.param(Making(spoil=lambda image: image[:40]), IMAGE, id="hardly an image"),
    pytest.param(Making(spoil=lambda image: image + b"more"), IMAGE, id="more than an image"),
    pytest.param(Making(spoil=lambda image: b"\xff" * len(image)), IMAGE, id="erased"),
]


@pytest.fixture
def running(board: Board) -> Board:
    """A board on which bundle 2 runs."""
    board.deploy(board.bundle(2))
    return board


@pytest.mark.parametrize(("making", "reason"), REFUSED)
def test_the_device_refuses(running: Board, making: Making, reason: str) -> None:
    bad = remade(running, running.bundle(3), making)
    with running.connect()[0] as device:
        with pytest.raises(EdgeError) as refused:
            edgesdk.deploy(bad, device)
        assert reason in (refused.value.evidence or ""), refused.value
        assert refused.value.exit_code in (8, 10)
        assert answering(device) == 2
        edgesdk.deploy(running.bundle(3), device)
        assert answering(device) == 3


def test_a_lower_counter_inside_the_image(running: Board) -> None:
    running.deploy(running.bundle(2, version="2.0.0", security_counter=7))
    bundle = running.bundle(3, security_counter=7)
    bad = remade(running, bundle, Making(counter=6))
    with running.connect()[0] as device:
        with pytest.raises(EdgeError) as refused:
            edgesdk.deploy(bad, device)
        assert refused.value.exit_code == 8
        assert answering(device) == 2


def test_a_bit_that_is_flipped_anywhere_in_the_image(running: Board) -> None:
    """Header, plan, TLVs and signature; all in one connection, the old model between them."""
    bundle = running.bundle(3)
    size = bundle.manifest.parts[1].size
    chance = random.Random(4)
    bits = [chance.randrange(8 * size) for _ in range(24)]
    bits += [8 * chance.randrange(32) for _ in range(4)]  # the header
    with running.connect()[0] as device:
        for bit in bits:
            spoilt = remade(running, bundle, Making(spoil=lambda image, b=bit: flip(image, b)))  # type: ignore[misc]
            with pytest.raises(EdgeError) as refused:
                edgesdk.deploy(spoilt, device)
            assert "the device says" in (refused.value.evidence or ""), (bit, refused.value)
        assert answering(device) == 2


def test_plans_that_are_damaged_and_signed(running: Board) -> None:
    """The device refuses each, or finds its answers wrong, and neither faults nor resets."""
    bundle = running.bundle(3)
    chance = random.Random(5)
    device, emulator = running.connect()
    verdicts = set()
    with device:
        for _ in range(30):
            bad = remade(running, bundle, Making(payload=lambda plan: damaged(plan, chance)))
            try:
                edgesdk.deploy(bad, device)
                verdicts.add("answers rightly")
            except EdgeError as error:
                verdicts.add(error.id)
                assert answering(device) == 2, error
            else:
                edgesdk.deploy(running.bundle(2), device)
        counts = emulator.counts()
    assert verdicts & {"EDGE-1001", "EDGE-1002"}
    assert (counts.faults, sum(counts.resets.values())) == ((), 1)


def damaged(plan: bytes, chance: random.Random) -> bytes:
    """A word of the plan's header or records becomes another."""
    at = chance.randrange(0, min(len(plan), 400), 4)
    word = chance.choice([0, 1, 255, 2**16, 2**31, 2**32 - 4, chance.getrandbits(32)])
    return plan[:at] + word.to_bytes(4, "little") + plan[at + 4 :]


def test_a_signed_bundle_without_its_announcement(running: Board, tmp_path: Path) -> None:
    bundle = running.bundle(3)
    kept = tuple(part for part in bundle.manifest.parts if part.role != "announcement")
    content = {part.name: bundle.read_part(part) for part in kept}
    write_bundle(
        tmp_path / "b.edge", replace(bundle.manifest, parts=kept), content, development_key()
    )
    bad = running.open_bundles.enter_context(
        edgesdk.read_bundle(tmp_path / "b.edge", trusted_keys())
    )
    with running.connect()[0] as device:
        with pytest.raises(EdgeError) as refused:
            edgesdk.deploy(bad, device)
        assert refused.value.id == "EDGE-0837", refused.value
        assert answering(device) == 2
