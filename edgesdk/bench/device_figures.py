"""What the device itself takes, under the same names for every kind of device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .figures import MODELLED, NOT_MEASURED, Figure

# The figure of the device, what a clock shows of it where the device is real, and its unit.
OF_DEVICE = (
    ("device_latency", "latency_p50", "s"),
    ("device_prefill_rate", "prefill_rate", "tokens/s"),
    ("device_decode_rate", "decode_rate", "tokens/s"),
)
DECODER = "decode_rate"  # a figure that only decoders have
_PREDICTED = "modelled_"  # before the name of what a device's own time stands beside


def with_device_figures(figures: Mapping[str, Figure], emulated: bool) -> dict[str, Figure]:
    """The figures, and those of ``OF_DEVICE`` that make sense for the model.

    Of a real device they are what was measured; what its session models stands beside them, as
    ``modelled_...``. Of an emulator they are what the session tells, or not measured.
    """
    found = dict(figures)
    for name, measured, unit in OF_DEVICE:
        if measured not in figures and name not in figures:
            continue
        if not emulated and measured in figures:
            _beside(found, name)
            found.setdefault(name, replace(figures[measured], note=_median(figures, measured)))
        found.setdefault(name, Figure(None, unit, NOT_MEASURED, _no_time(figures)))
    return found


def _beside(found: dict[str, Figure], name: str) -> None:
    """What is modelled of a device gives way to what is measured of it."""
    if name in found and found[name].how == MODELLED:
        found[_PREDICTED + name.removeprefix("device_")] = found.pop(name)


def _median(figures: Mapping[str, Figure], measured: str) -> str:
    note = figures[measured].note
    return "; ".join(filter(None, ("median", note))) if measured == "latency_p50" else note


def _no_time(figures: Mapping[str, Figure]) -> str:
    """Why there is no time of the device."""
    why = "no board: an emulator's time is none of a board's"
    return f"{why}; it counts instructions" if "instructions" in figures else why
