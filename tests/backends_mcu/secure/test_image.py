"""Our images are imgtool's: both ways, byte for byte where both decide the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edgesdk_backends.mcu.image import (
    MADE_FOR,
    NAME,
    Image,
    hash_of_key,
    make_firmware_image,
    make_model_image,
    version_numbers,
)

from .conftest import FIRMWARE, KEY, MODEL, Device, body, firmware, model


def imgtool(*arguments: str | Path) -> str:
    command = [sys.executable, "-m", "imgtool.main", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key.pem"
    path.write_bytes(KEY.to_pem())
    return path


def sign(key_file: Path, payload: bytes, header: int, *more: str) -> bytes:
    source, signed = key_file.with_name("in.bin"), key_file.with_name("out.bin")
    source.write_bytes(payload)
    imgtool(
        *("sign", "--key", key_file, "--header-size", hex(header), "--pad-header"),
        *("--align", "4", "--slot-size", "0x60000", *more, source, signed),
    )
    return signed.read_bytes()


def test_a_firmware_image_is_imgtools(key_file: Path) -> None:
    payload = body("firmware", 5001)
    ours = make_firmware_image(
        payload,
        board="nrf5340",
        load_address=0x20000000,
        version="1.2.3+4",
        security_counter=7,
        key=KEY,
    )
    theirs = sign(
        key_file,
        payload,
        0x200,
        *("--load-addr", "0x20000000", "--version", "1.2.3+4", "--security-counter", "7"),
        *("--custom-tlv", hex(MADE_FOR), "0x" + b"nrf5340".hex()),
    )
    assert parts(theirs) == parts(ours.content)


def test_a_model_image_is_imgtools(key_file: Path) -> None:
    payload = body("plan", 800)
    ours = make_model_image(
        payload,
        name="keywords",
        version="0.9.0",
        security_counter=0,
        target="mcu:cortex-m33",
        key=KEY,
    )
    theirs = sign(
        key_file,
        payload,
        0x20,
        *("--non-bootable", "--version", "0.9.0", "--security-counter", "0"),
        *("--custom-tlv", hex(MADE_FOR), "0x" + b"mcu:cortex-m33".hex()),
        *("--custom-tlv", hex(NAME), "0x" + b"keywords".hex()),
    )
    assert parts(theirs) == parts(ours.content)


def parts(image: bytes) -> tuple[bytes, dict[int, bytes], dict[int, bytes]]:
    """What is hashed up to the TLVs, and both kinds of TLVs by type."""
    header, protected = (
        int.from_bytes(image[8:10], "little"),
        int.from_bytes(image[10:12], "little"),
    )
    behind = header + int.from_bytes(image[12:16], "little")
    return (
        image[:behind],
        tlvs(image[behind + 4 : behind + protected]),
        tlvs(image[behind + protected + 4 :].rstrip(b"\xff")),
    )


def tlvs(data: bytes) -> dict[int, bytes]:
    found = {}
    while data:
        kind, size = int.from_bytes(data[:2], "little"), int.from_bytes(data[2:4], "little")
        found[kind] = data[4 : 4 + size]
        data = data[4 + size :]
    return found


def test_imgtool_verifies_ours(key_file: Path) -> None:
    for image in (firmware("1.0.0", 3), model("1.0.0", 3)):
        path = key_file.with_name("ours.bin")
        path.write_bytes(image.content)
        assert "Image was correctly validated" in imgtool("verify", "--key", key_file, path)


def test_the_device_takes_imgtools(owned: Device, key_file: Path) -> None:
    theirs = sign(
        key_file,
        body("plan", 800),
        0x20,
        *("--non-bootable", "--version", "0.9.0", "--security-counter", "0"),
        *("--custom-tlv", hex(MADE_FOR), "0x" + b"mcu:simulated".hex()),
    )
    assert owned.upload(MODEL, theirs) == 0


def test_the_hash_of_a_key_is_imgtools(key_file: Path) -> None:
    printed = imgtool("getpubhash", "--key", key_file)
    found = bytes(int(word, 16) for word in printed.replace(",", " ").split() if word[:2] == "0x")
    assert found == hash_of_key(KEY.public)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1.2.3", (1, 2, 3, 0)),
        ("1.2", (1, 2, 0, 0)),
        ("7", (7, 0, 0, 0)),
        ("1.2.3+45", (1, 2, 3, 45)),
        ("2.0.0rc1", (2, 0, 0, 0)),
        ("300.1.70000", (255, 1, 65535, 0)),
        ("nightly", (0, 0, 0, 0)),
    ],
)
def test_versions_become_numbers(text: str, numbers: tuple[int, ...]) -> None:
    assert version_numbers(text) == numbers


def test_every_flipped_bit_of_an_image_is_refused(owned: Device) -> None:
    image = model("1.0.0", size=40)
    for bit in range(8 * image.size):
        flipped = bytearray(image.content)
        flipped[bit // 8] ^= 1 << bit % 8
        assert owned.upload(MODEL, bytes(flipped)) != 0, bit
    assert owned.upload(MODEL, image) == 0


@pytest.mark.parametrize("length", [0, 1, 31, 32, 40, 100])
def test_a_truncated_image_is_refused(owned: Device, length: int) -> None:
    image = model("1.0.0", size=64)
    cut = image.content[:length] if length < 40 else image.content[:-length]
    assert owned.upload(MODEL, cut) != 0


@pytest.mark.parametrize(
    ("offset", "value"),
    [(8, 0), (8, 0xFFFF), (10, 0), (10, 3), (10, 0xFFFF), (12, 0xFFFFFFFF), (12, 0x7FFFFFFF)],
)
def test_hostile_sizes_are_refused(owned: Device, offset: int, value: int) -> None:
    width = 4 if offset == 12 else 2
    data = bytearray(model("1.0.0", size=64).content)
    data[offset : offset + width] = value.to_bytes(width, "little")
    assert owned.upload(MODEL, bytes(data)) == 2


def refused(device: Device, image: Image, kind: int = MODEL, **changes: Any) -> int:
    """The reason of an announcement; nothing is erased by then."""
    before = device.snapshot()
    reason = device.upload(kind, image, device.announcement(image, **changes))
    assert device.snapshot() == before
    return reason


def test_the_announcement_refuses_before_anything_is_erased(owned: Device) -> None:
    from .conftest import STRANGER

    owned.install(MODEL, model("1.0.0", 5))
    assert refused(owned, model("1.1.0", 4)) == 6
    assert refused(owned, model("1.1.0", 5, key=STRANGER)) == 5
    assert refused(owned, model("1.1.0", 5), signature=bytes(64)) == 4
    assert refused(owned, model("1.1.0", 5), hash=bytes(32)) == 4
    assert refused(owned, model("1.1.0", 5, size=30000)) == 7
    assert owned.active(MODEL) == model("1.0.0", 5).digest


def test_another_image_than_was_announced_is_refused(owned: Device) -> None:
    said = owned.announcement(model("1.0.0"))
    assert owned.upload(MODEL, model("1.0.1"), said) == 3


def test_what_is_made_for_another_device_is_refused(owned: Device) -> None:
    assert owned.upload(MODEL, model("1.0.0", target="mcu:other")) == 8
    assert owned.upload(FIRMWARE, firmware("1.0.0", board="other")) == 8
    assert owned.upload(FIRMWARE, firmware("1.0.0", load_address=0x20000100)) == 8
    assert owned.upload(FIRMWARE, model("1.0.0", target="simulated").content) == 8
    assert owned.upload(MODEL, firmware("1.0.0", board="mcu:simulated").content) == 8
