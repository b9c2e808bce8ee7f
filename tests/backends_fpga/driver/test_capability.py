"""What a block says about itself, against what this driver and its weights rest on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgesdk.errors import DoesNotFit, NoDevice
from edgesdk_backends.fpga.driver.capability import checked_capability
from tests.backends_fpga.driver.fake import OUTPUTS, SHAPE


def test_one_of_our_own() -> None:
    found = checked_capability({**OUTPUTS, "chunk": 4})
    assert (found.tables, found.lanes, found.chunk) == (32, 4, 4)
    found.check(SHAPE)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("tables", 16, "tables of a tile: it has 16, this edgesdk 32"),
        ("lanes", 2, "rows of a step: it has 2, this edgesdk 4"),
        ("weight_version", 9, "weight format: it has 9, this edgesdk 1"),
    ],
)
def test_another_order_of_the_weights(name: str, value: int, words: str) -> None:
    with pytest.raises(DoesNotFit) as caught:
        checked_capability({**OUTPUTS, name: value})
    assert caught.value.id == "EDGE-0942"
    assert words in caught.value.evidence


def test_something_else() -> None:
    with pytest.raises(NoDevice) as caught:
        checked_capability({**OUTPUTS, "identity": 1, "lanes": 2})
    assert caught.value.id == "EDGE-0310"


def test_zeros_count_against_the_maxima() -> None:
    found = checked_capability(OUTPUTS)
    with pytest.raises(DoesNotFit) as caught:
        found.check(replace(SHAPE, hidden=80, real_hidden=65))
    assert "hidden is 80, 16 more than the 64" in caught.value.evidence
