"""Boards that do not do what they should: every wait ends, every error is clear, and it goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from edgesdk.errors import DoesNotFit, InternalFault, LinkFailed, NoDevice, UsageError
from edgesdk_backends.fpga.driver.driver import Driver
from edgesdk_backends.fpga.driver.hal import Hal
from edgesdk_backends.fpga.emulator.faults import KINDS, Faults, parse_faults
from edgesdk_backends.fpga.registers import OPERATION
from edgesdk_backends.fpga.registers.spec import CONTROL, START
from tests.backends_fpga.driver.checks import SOON, raises, works
from tests.backends_fpga.driver.fake import BLOCK, CountingHal, FakeEngine, MakeHal, ready


def test_a_block_that_never_finishes(make_hal: MakeHal) -> None:
    hal = make_hal(faults=Faults("hang", after=1))
    driver, _ = ready(hal)
    error = raises("EDGE-0631", lambda: driver.forward(2, 4, 4, SOON))
    assert "4 tokens from position 2: more than 0.05 s; it is still at work" in error.evidence
    assert works(driver)


def test_a_reset_forgets_what_was_written(make_hal: MakeHal) -> None:
    hal = CountingHal(make_hal(faults=Faults("hang", after=1)))
    driver, _ = ready(hal)  # type: ignore[arg-type]
    raises("EDGE-0631", lambda: driver.forward(0, 1, 1, SOON))
    before = len(hal.writes)
    driver.forward(0, 1, 1, 5)
    again = {offset for offset, _ in hal.writes[before:]}
    assert again >= {offset for offset, _ in hal.writes[:before]}


def test_the_block_hangs_when_asked_who_it_is(make_hal: MakeHal) -> None:
    hal = make_hal(faults=Faults("hang"))
    driver = Driver(hal, getattr(hal, "bitstream", None))
    assert "telling who it is" in raises("EDGE-0631", lambda: driver.identify(SOON)).evidence
    assert driver.identify().chunk == 8


@pytest.mark.parametrize(
    ("kind", "identity", "words"),
    [
        ("identity", "EDGE-0310", "it says 0x45444B30, not 0x45444B31"),
        ("map", "EDGE-0942", "register map: it has 0, this edgesdk 1"),
        ("numerics", "EDGE-0942", "arithmetic: it has 0, this edgesdk 1"),
        ("weights", "EDGE-0942", "weight format: it has 0, this edgesdk 1"),
    ],
)
def test_the_wrong_block(make_hal: MakeHal, kind: str, identity: str, words: str) -> None:
    hal = make_hal(faults=Faults(kind))
    driver = Driver(hal, getattr(hal, "bitstream", None))
    error = raises(identity, driver.identify)
    assert words in error.evidence
    assert isinstance(error, NoDevice if kind == "identity" else DoesNotFit)


def test_a_block_of_somebody_else_is_asked_and_left_alone(make_hal: MakeHal) -> None:
    hal = CountingHal(make_hal(faults=Faults("identity")))
    driver = Driver(hal, getattr(hal, "bitstream", None))  # type: ignore[arg-type]
    raises("EDGE-0310", driver.identify)
    assert hal.writes == [(BLOCK.offset("operation"), OPERATION["identify"]), (CONTROL, START)]


def test_registers_that_do_not_answer(make_hal: MakeHal) -> None:
    hal = make_hal(faults=Faults("bus", after=1))
    driver, _ = ready(hal)
    for _ in range(2):
        raises("EDGE-0630", lambda: driver.forward(0, 1, 1, SOON))


def test_registers_that_do_not_exist(make_hal: MakeHal) -> None:
    driver, _ = ready(make_hal())
    for offset in (0x14, 0xFFC):
        raises("EDGE-0630", lambda offset=offset: driver.hal.read(offset))
        raises("EDGE-0630", lambda offset=offset: driver.hal.write(offset, 0))


def test_an_interrupt_that_gets_lost(make_hal: MakeHal) -> None:
    driver, _ = ready(make_hal(faults=Faults("interrupt", after=1, times=9)))
    assert works(driver)


def test_a_bit_that_flips_shows(make_hal: MakeHal) -> None:
    driver, model = ready(make_hal(faults=Faults("flip", after=1)))
    for wanted in (10, 9):  # it counts passes: telling who it is has no weights
        model.put(0)
        driver.forward(0, 4, 4, 5)
        assert (model.get() == wanted).all()


def test_bits_that_flip_are_not_the_same_one(make_hal: MakeHal) -> None:
    """The same one would be right again after the second."""
    driver, model = ready(make_hal(faults=Faults("flip", times=2)))
    for wanted in (9, 11, 11):
        model.put(0)
        driver.forward(0, 4, 4, 5)
        assert (model.get() == wanted).all()


def test_late_but_in_time(make_hal: MakeHal) -> None:
    driver, _ = ready(make_hal(faults=Faults("late", after=1, seconds=0.02)))
    assert works(driver)


def test_too_late(make_hal: MakeHal) -> None:
    driver, _ = ready(make_hal(faults=Faults("late", after=1, seconds=30)))
    raises("EDGE-0631", lambda: driver.forward(0, 1, 1, SOON))
    assert works(driver)


def test_done_without_doing(make_hal: MakeHal) -> None:
    driver, _ = ready(make_hal(faults=Faults("nothing", after=2)))
    driver.forward(0, 1, 1, 5)
    raises("EDGE-0634", lambda: driver.forward(0, 1, 1, 5))
    assert works(driver)


def test_an_engine_slower_than_the_deadline_is_alone_on_the_memory(make_hal: MakeHal) -> None:
    engine = FakeEngine()
    driver, _ = ready(make_hal(engine))
    engine.gate = threading.Event()
    threading.Timer(4 * SOON, engine.gate.set).start()
    raises("EDGE-0631", lambda: driver.forward(0, 1, 1, SOON))
    assert engine.running == 0  # the reset waits for it
    assert works(driver)


def test_a_reset_that_fails_keeps_the_error_that_led_to_it(make_hal: MakeHal) -> None:
    hal = CountingHal(make_hal(faults=Faults("hang", after=1)))
    driver, _ = ready(hal)  # type: ignore[arg-type]
    hal.program = no_fabric  # type: ignore[attr-defined]
    error = raises("EDGE-0631", lambda: driver.forward(0, 1, 1, SOON))
    assert "nor could it be reset: It cannot be loaded [EDGE-0637]: a reason" in error.evidence
    assert error.next_step == "look"
    assert driver.busy
    raises("EDGE-0637", lambda: driver.forward(0, 1, 1, SOON))
    del hal.program  # type: ignore[attr-defined]
    assert works(driver)


def no_fabric(bitstream: object) -> None:
    raise LinkFailed("It cannot be loaded", evidence="a reason", next_step="look", code=37)


def test_an_engine_that_fails(make_hal: MakeHal) -> None:
    engine = FakeEngine()
    driver, _ = ready(make_hal(engine))
    engine.failure = ZeroDivisionError("a defect")
    error = raises("EDGE-0633", lambda: driver.forward(0, 1, 1, 5))
    assert "ZeroDivisionError: a defect" in error.evidence
    engine.failure = InternalFault("an engine's own", evidence="e", next_step="n", code=60)
    raises("EDGE-0160", lambda: driver.forward(0, 1, 1, 5))
    engine.failure = None
    assert works(driver)


def test_addresses_that_are_no_memory(make_hal: MakeHal) -> None:
    driver, _ = ready(make_hal())
    shape, addresses = driver._model or pytest.fail("no model")
    driver.load(shape, type(addresses)(**{**vars(addresses), "states": 4096}))
    with pytest.raises(LinkFailed, match="refuses"):
        driver.forward(0, 1, 1, 5)


def test_closed_twice(make_hal: MakeHal) -> None:
    hal = make_hal()
    driver, _ = ready(hal)
    hal.close()
    hal.close()
    for call in _calls(hal, driver):
        raises_closed(call)


def _calls(hal: Hal, driver: Driver) -> list[Callable[[], object]]:
    return [
        lambda: hal.read(0),
        lambda: hal.write(0x10, 0),
        lambda: hal.allocate(1),
        lambda: hal.program(None),
        lambda: hal.wait(1),
        lambda: driver.forward(0, 1, 1, 1),
    ]


def raises_closed(call: Callable[[], object]) -> None:
    with pytest.raises(UsageError) as raised:
        call()
    assert raised.value.id == "EDGE-0207"


@pytest.mark.parametrize("kind", KINDS)
def test_every_fault_has_a_name(kind: str) -> None:
    assert parse_faults(kind) == Faults(kind)
    assert parse_faults(f"{kind}:3:2") == Faults(kind, 3, 2)


@pytest.mark.parametrize(
    "text", ["", "hung", "hang:", "hang:x", "hang:1:2:3", "hang:-1", ":1", "hang:²"]
)
def test_no_such_fault(text: str) -> None:
    raises("EDGE-02160", lambda: parse_faults(text))
