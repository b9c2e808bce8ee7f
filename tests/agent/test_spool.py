"""What hosts upload: it grows, is resumed, is right or dropped, and has an end."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from edgesdk.agent.plain import Wrong
from edgesdk.agent.spool import OLDEST, Spool
from edgesdk.errors import DeviceUnavailable, DoesNotFit, LinkFailed
from edgesdk.store import Files

DATA = bytes(range(256)) * 40


def key(data: bytes) -> tuple[str, int]:
    return hashlib.sha256(data).hexdigest(), len(data)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    made = Spool(tmp_path / "spool", cap=30_000)
    made.sweep()
    return made


def test_it_grows_and_another_process_goes_on(spool: Spool) -> None:
    assert spool.have(*key(DATA)) == 0
    assert spool.upload(*key(DATA), 0, DATA[:5000]) == 5000
    again = Spool(spool.folder)
    again.sweep()
    assert again.have(*key(DATA)) == 5000
    assert again.missing([key(DATA)])[0] == len(DATA) - 5000
    with pytest.raises(Wrong, match="5000 of 10240"):
        again.whole(*key(DATA))
    assert again.upload(*key(DATA), 5000, DATA[5000:]) == len(DATA)
    assert again.whole(*key(DATA)).read_bytes() == DATA
    again.remove([key(DATA)])
    assert list(spool.folder.iterdir()) == []


def test_bytes_that_do_not_follow_are_refused(spool: Spool) -> None:
    spool.upload(*key(DATA), 0, DATA[:10])
    for offset, data in ((0, b"x"), (11, b"x"), (10, DATA), (-1, b"")):
        with pytest.raises(Wrong):
            spool.upload(*key(DATA), offset, data)
    assert spool.have(*key(DATA)) == 10


def test_a_whole_that_is_another_one_is_dropped(spool: Spool) -> None:
    with pytest.raises(LinkFailed) as caught:
        spool.upload(*key(DATA), 0, DATA[:-1] + b"x")
    assert caught.value.id == "EDGE-0652"
    assert spool.have(*key(DATA)) == 0


@pytest.mark.parametrize("rot", [b"x" * len(DATA), DATA + b"more"])
def test_what_has_rotted_is_dropped(spool: Spool, rot: bytes) -> None:
    spool.upload(*key(DATA), 0, DATA)
    spool.whole(*key(DATA)).write_bytes(rot)
    assert Spool(spool.folder).have(*key(DATA)) == 0


@pytest.mark.parametrize("name", ["", "x" * 64, "../" + "a" * 61, "A" * 63, "00 " * 32, "é" * 32])
def test_what_is_no_hash_names_nothing(spool: Spool, name: str) -> None:
    for ask in (spool.have, spool.whole):
        with pytest.raises(Wrong):
            ask(name, 5)
    with pytest.raises(Wrong):
        spool.have("0" * 64, -1)


def test_the_oldest_go_when_the_cap_is_reached(spool: Spool) -> None:
    contents = [bytes([n]) * 9000 for n in range(4)]
    for age, data in enumerate(contents[:3]):
        spool.upload(*key(data), 0, data)
        os.utime(spool.whole(*key(data)), (age, age))
    spool.upload(*key(contents[3]), 0, contents[3][:1])
    assert [spool.have(*key(data)) for data in contents] == [0, 9000, 9000, 1]
    with pytest.raises(DoesNotFit) as caught:
        spool.upload(*key(bytes(30_001)), 0, b"\0")
    assert caught.value.id == "EDGE-0953"


def test_what_nobody_asks_for_goes_after_a_week(spool: Spool) -> None:
    spool.upload(*key(DATA), 0, DATA[:100])
    spool.sweep(time.time() + OLDEST - 60)
    assert spool.have(*key(DATA)) == 100
    spool.sweep(time.time() + OLDEST + 60)
    assert Spool(spool.folder).have(*key(DATA)) == 0


def test_a_full_disk_keeps_what_has_come(spool: Spool) -> None:
    class Full(Files):
        room = 6000

        def write(self, handle: int, data: bytes | memoryview) -> int:
            if not self.room:
                raise OSError(28, "No space left on device")
            taken = super().write(handle, data[: self.room])
            self.room -= taken
            return taken

    full = Spool(spool.folder, files=Full())
    with pytest.raises(DoesNotFit) as caught:
        full.upload(*key(DATA), 0, DATA)
    assert caught.value.id == "EDGE-0952"
    assert full.have(*key(DATA)) == 6000
    assert spool.upload(*key(DATA), 6000, DATA[6000:]) == len(DATA)


def test_what_does_not_fit_the_disk_is_refused_at_its_first_byte(spool: Spool) -> None:
    class Small(Files):
        def free(self, path: Path) -> int:
            return (1 << 24) + 10_000

    small = Spool(spool.folder, files=Small())
    with pytest.raises(DoesNotFit) as caught:
        small.upload(*key(DATA), 0, DATA[:1])
    assert caught.value.id == "EDGE-0952" and "10,000" in caught.value.evidence
    assert small.missing([key(DATA)]) == (10_240, 10_000)


def test_a_link_in_the_spool_is_not_followed(spool: Spool, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_bytes(b"")
    spool.path(*key(DATA)).symlink_to(target)
    with pytest.raises(DeviceUnavailable) as caught:
        spool.upload(*key(DATA), 0, DATA)
    assert caught.value.id == "EDGE-0581"
    assert target.read_bytes() == b""
