"""Energy of listening, modelled: counted work, a board's data, and every assumption in words.

Nothing here is measured. The work (instructions for each second of signal) is counted by an
emulator; what an instruction, sleeping and the sensors take are bands of a board's file.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

Band = tuple[float, float]


@dataclass(frozen=True)
class EnergyData:
    """[lowest, highest] of what a board is taken to need. Currents in mA at ``supply_volts``."""

    clock_hz: float
    supply_volts: Band
    cycles_per_instruction: Band
    active_milliamps: Band
    sleep_milliamps: Band
    sensors: Mapping[str, Band]

    def assumptions(self) -> list[str]:
        """One line each."""
        lines = [
            f"clock {self.clock_hz / 1e6:g} MHz",
            f"supply {_band(self.supply_volts)} V",
            f"{_band(self.cycles_per_instruction)} cycles an instruction",
            f"awake {_band(self.active_milliamps)} mA, asleep {_band(self.sleep_milliamps)} mA",
        ]
        lines += [f"{name} {_band(band)} mA, always on" for name, band in self.sensors.items()]
        return lines


@dataclass(frozen=True)
class Power:
    """Modelled milliwatts: of the processor, of the sensors, and the share of time it is awake."""

    processor: Band
    sensors: Band
    awake: Band

    @property
    def total(self) -> Band:
        """Of both."""
        return (self.processor[0] + self.sensors[0], self.processor[1] + self.sensors[1])


def read_energy(document: Mapping[str, object], clock_hz: float) -> EnergyData:
    """The table ``energy`` of a board's data. Raises ``KeyError``, ``ValueError``."""
    bands = {name: _read_band(name, value) for name, value in document.items()}
    known = ("supply_volts", "cycles_per_instruction", "active_milliamps", "sleep_milliamps")
    sensors = {
        name.removesuffix("_milliamps"): band for name, band in bands.items() if name not in known
    }
    return EnergyData(clock_hz, **{name: bands[name] for name in known}, sensors=sensors)


def power(data: EnergyData, work_per_second: float, sensors: Collection[str]) -> Power:
    """Average power for so many instructions in each second of signal.

    Awake for work * cycles per instruction / clock, asleep for the rest. Raises ``ValueError``
    where there is more work than time.
    """
    awake = _scaled(data.cycles_per_instruction, work_per_second / data.clock_hz)
    if awake[0] > 1.0:
        raise ValueError(
            f"{work_per_second:.3g} instructions a second are more than there is time for"
        )
    awake = (awake[0], min(awake[1], 1.0))
    processor = (
        _milliwatts(data, awake[0], end=0),
        _milliwatts(data, awake[1], end=1),
    )
    on = [data.sensors[name] for name in sensors]
    drawn = tuple(sum(band[end] for band in on) * data.supply_volts[end] for end in (0, 1))
    return Power(processor, (drawn[0], drawn[1]), awake)


def saved(less: Power, more: Power) -> tuple[Band, Band]:
    """The share that one saves of the other: of the processor alone, and with its sensors.

    End against end, because both are the same board.
    """
    return _share(less.processor, more.processor), _share(less.total, more.total)


def _share(less: Band, more: Band) -> Band:
    found = sorted(1.0 - a / b for a, b in zip(less, more, strict=True))
    return (found[0], found[1])


def _milliwatts(data: EnergyData, awake: float, end: int) -> float:
    current = awake * data.active_milliamps[end] + (1.0 - awake) * data.sleep_milliamps[end]
    return current * data.supply_volts[end]


def _scaled(band: Band, factor: float) -> Band:
    return (band[0] * factor, band[1] * factor)


def _read_band(name: str, value: object) -> Band:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"{name} must be [lowest, highest]")
    low, high = (float(end) for end in value)
    if not 0.0 <= low <= high:
        raise ValueError(f"{name}: {low} to {high} is no band")
    return (low, high)


def _band(band: Band) -> str:
    return f"{band[0]:g}" if band[0] == band[1] else f"{band[0]:g} to {band[1]:g}"
