"""Power is cut at every operation of the flash, torn in four ways: the old or the new image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from edgesdk_backends.mcu.image import Image
from tests.counting import Count

from .conftest import FIRMWARE, MODEL, Device, firmware, model

TEARS = range(4)
NAMES = {FIRMWARE: "firmware", MODEL: "model"}
KINDS = pytest.mark.parametrize("kind", [FIRMWARE, MODEL], ids=["firmware", "model"])


def images(kind: int, size: int) -> list[Image]:
    make = firmware if kind == FIRMWARE else model
    return [make(f"1.{n}.0", 6 + min(n, 1), size=size) for n in range(3)]


class Ground:
    """A device with an old image, and an update of it that can be cut."""

    def __init__(self, device: Device, kind: int, size: int) -> None:
        self.device, self.kind = device, kind
        if kind == MODEL:
            device.install(FIRMWARE, firmware("1.0.0"))
        old, new, after = images(kind, size)
        device.install(kind, old)
        self.start = device.snapshot()
        self.pictures = [self._picture(image) for image in (old, new, after)]

    def _picture(self, image: Image) -> Any:
        ffi = self.device.ffi
        picture = ffi.new("struct picture *")
        content = ffi.new("uint8_t[]", image.content)
        picture.content, picture.bytes, picture.hash = content, image.size, image.digest
        self.__dict__.setdefault("kept", []).append(content)
        return picture

    def cut(self, at: int, tear: int, second: int = 0, second_tear: int = 0) -> int:
        lib = self.device.lib
        return int(
            lib.sim_cut_update(self.kind, self.start, *self.pictures, at, tear, second, second_tear)
        )

    def operations(self) -> Iterator[int]:
        """Every operation of an update that is not cut."""
        assert self.cut(0, 0) == 2
        return iter(range(1, self.device.lib.sim_operations() + 1))


def sweep(ground: Ground, count: Count, name: str) -> Counter[int]:
    found = Counter(ground.cut(at, tear) for at in ground.operations() for tear in TEARS)
    count(f"power cuts of {name}, old image after", found[0])
    count(f"power cuts of {name}, new image after", found[1] + found[2])
    return found


@KINDS
def test_every_operation_of_an_update(owned: Device, kind: int, count: Count) -> None:
    found = sweep(Ground(owned, kind, 1100), count, f"a {NAMES[kind]} update")
    assert set(found) <= {0, 1, 2}
    assert found[0] > 1100  # words of the image times tears: the old image
    # Power that fails while a trial is being noted comes back to the trial; a model needs none.
    assert (found[1] > 0) == (kind == FIRMWARE)


@pytest.mark.long
@KINDS
def test_every_operation_of_a_larger_update(owned: Device, kind: int, count: Count) -> None:
    found = sweep(Ground(owned, kind, 15000), count, f"a large {NAMES[kind]} update")
    assert set(found) <= {0, 1, 2}
    assert found[0] > 15000


@KINDS
def test_pairs_of_cuts(owned: Device, kind: int, count: Count) -> None:
    """The second cut comes while the device starts again, or in the next attempt."""
    ground = Ground(owned, kind, 100)
    last = max(ground.operations())
    found = Counter(
        ground.cut(first, tear, second, 3 - tear)
        for first in range(1, last + 1, 9)
        for second in range(1, last + 1, 31)
        for tear in TEARS
    )
    assert set(found) <= {0, 1, 2}
    assert sum(found.values()) > 300
    count(f"some pairs of power cuts, {NAMES[kind]}", sum(found.values()))


@pytest.mark.long
@KINDS
def test_all_pairs_of_cuts(owned: Device, kind: int, count: Count) -> None:
    ground = Ground(owned, kind, 100)
    last = max(ground.operations())
    found = Counter(
        ground.cut(first, tear, second, 3 - tear)
        for first in range(1, last + 1)
        for second in range(1, last + 1)
        for tear in TEARS
    )
    count(f"pairs of power cuts of a {NAMES[kind]} update", sum(found.values()))
    assert set(found) <= {0, 1, 2}


@KINDS
def test_wear_of_an_update(owned: Device, kind: int) -> None:
    """Pages are erased once: those of the image, and rarely one of the record."""
    ground = Ground(owned, kind, 3000)
    assert ground.cut(0, 0) == 2
    size = int(ground.pictures[1].bytes)
    assert owned.lib.sim_erases() <= -(-size // 512) + 3


def test_keys_survive_a_cut_at_every_operation(owned: Device) -> None:
    from .conftest import KEY, STRANGER

    start = owned.snapshot()
    owned.lib.sim_arm(0, 0, 0)
    assert owned.trust(STRANGER, by=KEY) == 0
    outcomes = set()
    for at in range(1, owned.lib.sim_operations() + 1):
        for tear in TEARS:
            owned.lib.sim_load(start)
            owned.lib.sim_arm(0, 0, 0)
            owned.lib.sim_boot()
            owned.lib.sim_arm(at, tear, at)
            owned.trust(STRANGER, by=KEY)
            owned.lib.sim_arm(0, 0, 0)
            owned.lib.sim_boot()
            # Whoever is trusted after the cut: the owner is, and can say so again.
            outcomes.add(owned.upload(MODEL, model("1.0.0", key=STRANGER)))
            assert owned.trust(STRANGER, by=KEY) == 0
            assert owned.upload(MODEL, model("1.0.0", key=STRANGER)) == 0
    assert 5 in outcomes  # untrusted: the old record
