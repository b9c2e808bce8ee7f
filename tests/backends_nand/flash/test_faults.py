"""Faults as an address names them."""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk.errors import UsageError
from edgesdk_backends.nand.flash.chance import chances
from edgesdk_backends.nand.flash.faults import TEARS, Faults, parse_faults, torn


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("cut@120", Faults(cut=120)),
        ("cut@3+tear@half+seed@9", Faults(cut=3, tear="half", seed=9)),
        ("program@2+erase@1", Faults(program=2, erase=1)),
        ("worn@0.25", Faults(worn=0.25)),
        ("seed@0+worn@0", Faults()),
    ],
)
def test_known(text: str, faults: Faults) -> None:
    assert parse_faults(text) == faults


@pytest.mark.parametrize(
    "text",
    [
        *("", "cut", "cut@", "cut@x", "cut@-1", "burn@3", "tear@most", "worn@2", "cut@1+", "+"),
        *("cut@0", "program@00", "erase@0", "cut@1+cut@2", "seed@1+seed@1"),
    ],
)
def test_unknown(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_faults(text)
    assert caught.value.id == "EDGE-02255"


@pytest.mark.parametrize("tear", TEARS)
def test_a_torn_change_is_between_old_and_new(tear: str) -> None:
    drawn = np.random.default_rng(0)
    old, new = drawn.integers(0, 256, (2, 1000), np.uint8)
    before = old.copy()
    left = torn(old, new, Faults(tear=tear, seed=3), 7)
    assert (old == before).all()
    assert not ((left ^ old) & ~(old ^ new)).any()  # nothing but what was to change did
    changed = np.unpackbits(left ^ old).sum() / np.unpackbits(old ^ new).sum()
    low, high = {"nothing": (0, 0), "almost": (0.99, 1)}.get(tear, (0.4, 0.6))
    assert low <= changed <= high
    assert (left == torn(old, new, Faults(tear=tear, seed=3), 7)).all()


def test_chances_look_drawn_and_stay() -> None:
    some = chances(5, np.arange(100_000))
    assert 0 <= some.min() < 1e-3
    assert 0.999 < some.max() < 1
    assert abs(some.mean() - 0.5) < 0.01
    assert (some == chances(5, np.arange(100_000))).all()
    for other in (chances(6, np.arange(100_000)), chances(5, np.arange(100_000), 1)):
        assert abs(np.corrcoef(some, other)[0, 1]) < 0.02
    assert abs(np.corrcoef(some[1:], some[:-1])[0, 1]) < 0.02
