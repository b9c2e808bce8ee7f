"""What tests of a driver ask again and again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edgesdk.errors import EdgeError
from edgesdk_backends.fpga.driver.driver import Driver
from tests.backends_fpga.driver.fake import placed

SOON = 0.05  # seconds; a fake engine needs a thousandth


def works(driver: Driver) -> bool:
    """Whether the next pass is right, on buffers that were there before."""
    model = placed(driver.hal)
    shape, _ = driver._model or pytest.fail("no model")
    driver.load(shape, model.addresses)
    model.put(1)
    driver.forward(0, 4, 4, 5)
    return bool((model.get() == 11).all())


def raises(identity: str, call: Callable[[], object]) -> EdgeError:
    with pytest.raises(EdgeError) as raised:
        call()
    assert raised.value.id == identity
    assert raised.value.evidence and raised.value.next_step
    return raised.value
