"""Waits that somebody interrupts, and how long any wait may be."""

from __future__ import annotations

import signal
import threading

import pytest

from edgesdk_backends.fpga.driver.driver import Driver
from edgesdk_backends.fpga.emulator.faults import Faults
from edgesdk_backends.fpga.emulator.hal import EmulatedHal
from tests.backends_fpga.driver.checks import SOON, raises, works
from tests.backends_fpga.driver.fake import CountingHal, FakeEngine, MakeHal, ready


def test_a_wait_that_the_user_interrupts(make_hal: MakeHal) -> None:
    engine = FakeEngine()
    hal = CountingHal(make_hal(engine))
    driver, _ = ready(hal)  # type: ignore[arg-type]
    engine.gate = threading.Event()
    interrupt_forward(driver, hal, 5)
    assert engine.running == 1
    threading.Timer(SOON, engine.gate.set).start()
    assert works(driver)
    assert engine.most_running == 1


def test_an_interrupted_wait_for_a_block_that_hangs(make_hal: MakeHal) -> None:
    hal = CountingHal(make_hal(faults=Faults("hang", after=1)))
    driver, model = ready(hal)  # type: ignore[arg-type]
    interrupt_forward(driver, hal, 5)
    model.put(0)
    driver.forward(0, 4, 4, 0.5)
    assert (model.get() == 10).all()


def test_memory_is_free_only_when_the_block_is_done_with_it(make_hal: MakeHal) -> None:
    engine = FakeEngine()
    hal = CountingHal(make_hal(engine))
    driver, model = ready(hal)  # type: ignore[arg-type]
    driver.settle(0)  # nothing to wait for
    engine.gate = threading.Event()
    interrupt_forward(driver, hal, 5)
    threading.Timer(SOON, engine.gate.set).start()
    driver.settle(5)
    assert engine.running == 0
    model.free()


def test_what_an_interrupted_start_said_is_not_the_next_one_s(make_hal: MakeHal) -> None:
    """Its status is read before the next start, which here does nothing at all."""
    hal = CountingHal(make_hal(faults=Faults("nothing", after=2)))
    driver, model = ready(hal)  # type: ignore[arg-type]
    interrupt_forward(driver, hal, 5)
    model.put(1)
    raises("EDGE-0634", lambda: driver.forward(0, 4, 4, 5))
    assert works(driver)


def test_an_interrupt_just_after_the_end_costs_no_wait(make_hal: MakeHal) -> None:
    """Somebody has read that it is done, which makes the block forget it."""
    hal = CountingHal(make_hal())
    driver, _ = ready(hal)  # type: ignore[arg-type]
    through = hal.wait
    hal.wait = lambda seconds: through(seconds) and interrupted(seconds)  # type: ignore[attr-defined]
    with pytest.raises(KeyboardInterrupt):
        driver.forward(0, 1, 1, 5)
    hal.wait = lambda seconds: pytest.fail("it waits")  # type: ignore[attr-defined]
    driver.settle(60)
    assert not driver.busy
    del hal.wait  # type: ignore[attr-defined]
    assert works(driver)


def test_no_wait_is_longer_than_the_deadline(make_hal: MakeHal) -> None:
    """After a reset the block is asked who it is: that, too, it may do too late."""
    hal = CountingHal(make_hal(faults=Faults("hang", after=1, times=2)))
    driver, _ = ready(hal)  # type: ignore[arg-type]
    through, waits = hal.wait, []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return bool(through(seconds))

    hal.wait = wait  # type: ignore[attr-defined]
    for words in ("1 tokens", "telling who it is"):
        assert words in raises("EDGE-0631", lambda: driver.forward(0, 1, 1, SOON)).evidence
    assert waits == [SOON, SOON]
    assert works(driver)


def test_an_interrupted_start_has_no_more_than_its_own_time(make_hal: MakeHal) -> None:
    hal = CountingHal(make_hal(faults=Faults("hang", after=1)))
    driver, _ = ready(hal)  # type: ignore[arg-type]
    interrupt_forward(driver, hal, SOON)
    waits: list[float] = []
    hal.wait = waits.append  # type: ignore[attr-defined]
    driver.settle(60)
    assert waits and waits[0] <= SOON
    assert not driver.busy
    del hal.wait  # type: ignore[attr-defined]
    assert works(driver)


def interrupted(seconds: float) -> bool:
    raise KeyboardInterrupt


def interrupt_forward(driver: Driver, hal: CountingHal, seconds: float) -> None:
    """Start a pass that somebody interrupts while its end is waited for."""
    hal.wait = interrupted  # type: ignore[attr-defined]
    with pytest.raises(KeyboardInterrupt):
        driver.forward(0, 1, 1, seconds)
    del hal.wait  # type: ignore[attr-defined]


def test_no_ctrl_c_leaves_a_wait_stuck() -> None:
    """Wherever it comes: hundreds of them, in a loop that does little but begin to wait."""
    hal = EmulatedHal(FakeEngine(), 4096)
    before = signal.signal(signal.SIGALRM, lambda *_: interrupted(0))
    try:
        for round_ in range(300):
            try:  # the timer is started inside: a busy machine may be late by all of it
                signal.setitimer(signal.ITIMER_REAL, 2e-4 + 1e-6 * round_)
                while True:
                    hal._pause(1e-6)
            except KeyboardInterrupt:
                continue
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    after = threading.Thread(target=hal._pause, args=(1e-3,), daemon=True)
    after.start()
    after.join(10)
    assert not after.is_alive()
