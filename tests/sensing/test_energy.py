"""Modelled energy: the arithmetic, and that a board's assumptions are told."""

from __future__ import annotations

import pytest

from edgesdk.sensing.energy import power, read_energy, saved

BOARD = {
    "supply_volts": [3.0, 3.0],
    "cycles_per_instruction": [1.0, 2.0],
    "active_milliamps": [4.0, 8.0],
    "sleep_milliamps": [0.5, 1.0],
    "microphone_milliamps": [0.6, 1.0],
}


def test_the_share_of_time_that_it_is_awake() -> None:
    found = power(read_energy(BOARD, 100e6), 10e6, ["microphone"])
    assert found.awake == pytest.approx((0.1, 0.2))
    assert found.processor == pytest.approx((3 * (0.1 * 4 + 0.9 * 0.5), 3 * (0.2 * 8 + 0.8 * 1.0)))
    assert found.sensors == pytest.approx((1.8, 3.0))
    assert found.total == pytest.approx((2.55 + 1.8, 7.2 + 3.0))


def test_what_is_saved() -> None:
    data = read_energy(BOARD, 100e6)
    alone, whole = saved(power(data, 0, []), power(data, 50e6, []))
    assert alone == whole
    assert alone == pytest.approx((1 - 0.5 / 2.25, 1 - 1 / 8))


def test_more_work_than_time() -> None:
    with pytest.raises(ValueError, match="more than there is time for"):
        power(read_energy(BOARD, 1e6), 10e6, [])


def test_assumptions_are_told() -> None:
    told = "\n".join(read_energy(BOARD, 100e6).assumptions())
    assert "clock 100 MHz" in told
    assert "awake 4 to 8 mA, asleep 0.5 to 1 mA" in told
    assert "microphone 0.6 to 1 mA" in told


@pytest.mark.parametrize("value", [3.0, [3.0], [2.0, 1.0], [-1.0, 1.0]])
def test_no_band(value: object) -> None:
    with pytest.raises(ValueError, match="supply_volts"):
        read_energy(BOARD | {"supply_volts": value}, 1e6)
