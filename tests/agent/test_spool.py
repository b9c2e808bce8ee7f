"""What hosts upload: it grows, is resumed, is right or dropped, and has an end."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from edgesdk.agent.spool import IDLE, OLDEST, Spool
from edgesdk.agent.wire.plain import Wrong
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
    assert again.room([key(DATA)])[0] == len(DATA) - 5000
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


def test_the_cap_holds_what_was_promised(spool: Spool) -> None:
    contents = [bytes([n]) * 9000 for n in range(4)]
    for age, data in enumerate(contents):
        spool.upload(*key(data), 0, data[:1])
        os.utime(spool.path(*key(data)), (age, age))
    assert [spool.have(*key(data)) for data in contents] == [0, 1, 1, 1]


class SmallDisk(Files):
    """A disk for a margin and so many bytes of spool."""

    def __init__(self, size: int) -> None:
        self.size = size

    def free(self, path: Path) -> int:
        return (1 << 24) + self.size - sum(each.stat().st_size for each in path.iterdir())


def test_the_oldest_go_when_the_disk_is_full(spool: Spool) -> None:
    small = Spool(spool.folder, "a", files=SmallDisk(12_000))
    small.upload(*key(bytes(9000)), 0, bytes(8000))
    assert small.room([key(DATA)]) == (10_240, 12_000)
    small.upload(*key(DATA), 0, DATA[:1])
    assert [small.have(*key(data)) for data in (bytes(9000), DATA)] == [0, 1]


def test_what_a_deploy_needs_makes_room_for_nothing(spool: Spool) -> None:
    small = Spool(spool.folder, "a", files=SmallDisk(12_000))
    part = key(bytes(9000))
    small.upload(*part, 0, bytes(8000))
    small.needed = small.paths([part])
    with pytest.raises(DoesNotFit):
        small.upload(*key(DATA), 0, DATA[:1])
    assert small.have(*part) == 8000


def test_devices_share_the_spool_and_leave_each_other_what_they_use(spool: Spool) -> None:
    one, other = (Spool(spool.folder, device, files=SmallDisk(12_000)) for device in "ab")
    one.upload(*key(DATA), 0, DATA[:9000])
    assert other.have(*key(DATA)) == 0
    with pytest.raises(DoesNotFit):
        other.upload(*key(DATA), 0, DATA[:1])
    assert other.room([key(DATA)]) == (10_240, 3000)
    idle = time.time() - IDLE - 1
    os.utime(one.path(*key(DATA)), (idle, idle))
    assert other.room([key(DATA)]) == (10_240, 12_000)
    assert other.upload(*key(DATA), 0, DATA) == len(DATA)
    assert one.have(*key(DATA)) == 0


def test_it_is_nobody_else_s(spool: Spool) -> None:
    spool.upload(*key(DATA), 0, DATA)
    assert spool.folder.stat().st_mode & 0o777 == 0o700
    assert spool.whole(*key(DATA)).stat().st_mode & 0o777 == 0o600


def test_no_bytes_are_a_content_too(spool: Spool) -> None:
    with pytest.raises(Wrong):
        spool.whole(*key(b""))
    assert spool.have(*key(b"")) == 0
    assert spool.whole(*key(b"")).read_bytes() == b""


def test_what_is_not_its_own_is_left_alone(spool: Spool) -> None:
    (spool.folder / "dangling").symlink_to("nowhere")
    (spool.folder / f"{key(DATA)[0]}-5-").mkdir()
    spool.sweep(time.time() + 2 * OLDEST)
    assert len(list(spool.folder.iterdir())) == 2
    assert spool.upload(*key(DATA), 0, DATA) == len(DATA)


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
    assert small.room([key(DATA)]) == (10_240, 10_000)
    assert small.room([key(DATA)], beside=5000) == (15_240, 10_000)


def test_a_link_in_the_spool_is_not_followed(spool: Spool, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_bytes(b"")
    spool.path(*key(DATA)).symlink_to(target)
    with pytest.raises(DeviceUnavailable) as caught:
        spool.upload(*key(DATA), 0, DATA)
    assert caught.value.id == "EDGE-0581"
    assert target.read_bytes() == b""
