"""The real engines behind the registers: they say the same of themselves, and of what is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edgesdk.errors import LinkFailed
from edgesdk_backends.fpga.driver.driver import Driver
from edgesdk_backends.fpga.driver.hal import Buffer
from edgesdk_backends.fpga.driver.patience import CHECKED, NATIVE, NUMPY
from edgesdk_backends.fpga.driver.shape import Addresses
from edgesdk_backends.fpga.emulator.engines import open_engine
from edgesdk_backends.fpga.emulator.faults import Faults
from edgesdk_backends.fpga.emulator.hal import EmulatedHal
from tests.backends_fpga.driver.fake import SHAPE

SIZE = 1 << 20  # bytes
FOUR, TWO = (0, 0, 0, 0), (0, 0)


@pytest.fixture(params=[NUMPY, NATIVE, CHECKED])
def engine(request: pytest.FixtureRequest) -> Any:
    return open_engine(request.param)


def zeros(engine: Any, faults: Faults | None = None) -> tuple[Driver, Buffer, Addresses]:
    """A board whose memory is one buffer full of zeros, and a model there that gives zeros."""
    hal = EmulatedHal(engine, SIZE, faults or Faults())
    buffer = hal.allocate(SIZE)
    buffer.array[:] = 0
    buffer.flush()
    places = iter(range(buffer.address, buffer.address + SIZE, 32768))
    named = {name: next(places) for name in ("parameters", "rotations", "states", "logits")}
    addresses = Addresses(
        weights=tuple(next(places) for _ in FOUR),  # type: ignore[arg-type]
        keys=tuple(next(places) for _ in TWO),  # type: ignore[arg-type]
        values=tuple(next(places) for _ in TWO),  # type: ignore[arg-type]
        head=tuple(next(places) for _ in FOUR),  # type: ignore[arg-type]
        head_scales=next(places),
        **named,
    )
    return Driver(hal), buffer, addresses


def test_default_maxima(engine: Any) -> None:
    capability = zeros(engine)[0].identify()
    assert (capability.tables, capability.lanes, capability.chunk) == (32, 4, 8)
    assert (capability.max_hidden, capability.max_width) == (2560, 2560)
    assert (capability.max_intermediate, capability.max_head_size) == (6912, 128)


@pytest.mark.parametrize("relu_squared", [False, True])
@pytest.mark.parametrize("sub_norms", [False, True])
def test_a_model_of_zeros_gives_zeros(engine: Any, relu_squared: bool, sub_norms: bool) -> None:
    """Whatever goes in, the last norm's weights are zero."""
    driver, buffer, addresses = zeros(engine)
    shape = replace(SHAPE, relu_squared=relu_squared, sub_norms=sub_norms, vocabulary=20)
    at = addresses.states - buffer.address
    states = buffer.array[at : at + 4 * 3 * SHAPE.hidden].view(np.float32)
    states[:] = np.arange(len(states))
    buffer.flush()
    driver.load(shape, addresses)
    driver.forward(start=0, tokens=3, logits_from=1, seconds=30)
    buffer.invalidate()
    assert not states.any()
    assert not buffer.array[addresses.logits - buffer.address :][: 4 * 2 * 32].any()


@pytest.mark.parametrize(
    ("changed", "call", "status"),
    [
        ({}, (8, 1, 1), "context_full"),
        ({}, (0, 9, 9), "context_full"),
        ({}, (0, 0, 0), "bad_shape"),
        ({}, (0, 2, 3), "bad_shape"),
        ({"layers": 0}, (0, 1, 1), "bad_shape"),
        ({"hidden": 40}, (0, 1, 1), "bad_shape"),
        ({"intermediate": 72}, (0, 1, 1), "bad_shape"),
        ({"kv_heads": 3}, (0, 1, 1), "bad_shape"),
        ({"heads": 4, "head_size": 8, "kv_heads": 1}, (0, 1, 1), "bad_shape"),
        ({"context": 1 << 20}, (0, 1, 1), "bus_error"),
        ({"layers": 1 << 31}, (0, 1, 1), "bus_error"),
    ],
)
def test_what_every_engine_refuses(
    engine: Any, changed: dict[str, int], call: tuple[int, int, int], status: str
) -> None:
    driver, buffer, addresses = zeros(engine)
    before = buffer.array.copy()
    driver.load(replace(SHAPE, **changed), addresses)
    with pytest.raises(LinkFailed) as raised:
        driver.forward(*call, seconds=30)
    assert raised.value.id == "EDGE-0635"
    assert f"({status})" in raised.value.evidence
    buffer.invalidate()
    assert (buffer.array == before).all()


@pytest.mark.parametrize("name", [*vars(Addresses(FOUR, 0, 0, TWO, TWO, 0))])
def test_an_address_that_is_no_memory(engine: Any, name: str) -> None:
    """One byte before the memory, and beyond its end."""
    driver, buffer, addresses = zeros(engine)
    for wrong in (buffer.address - 4096, buffer.address + SIZE):
        value = getattr(addresses, name)
        value = (*value[:-1], wrong) if isinstance(value, tuple) else wrong
        driver.load(replace(SHAPE, vocabulary=20), replace(addresses, **{name: value}))
        with pytest.raises(LinkFailed) as raised:
            driver.forward(0, 1, 0, 30)
        assert "(bus_error)" in raised.value.evidence


def test_a_flipped_bit_shows(engine: Any) -> None:
    """The lowest bit of the first index: the zero becomes a weight of 1."""
    driver, buffer, addresses = zeros(engine, Faults("flip"))
    driver.load(SHAPE, addresses)
    driver.forward(0, 1, 1, 30)
    buffer.invalidate()
    assert buffer.array[addresses.weights[0] - buffer.address] == 1
