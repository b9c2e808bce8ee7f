"""What a session tells ``edgesdk bench`` of a board that nobody has: modelled, with a band."""

from __future__ import annotations

from collections.abc import Mapping

from edgesdk.bench import MODELLED, Figure
from edgesdk.decoder.config import DecoderConfig
from edgesdk.predict import DECODE, Band

from .phases import Phases
from .predict import chosen_profile


def modelled(
    config: DecoderConfig, phase: str, at: int, options: Mapping[str, str] | None = None
) -> dict[str, Figure]:
    """Figures of one phase: ``decode`` after ``at`` positions, or a ``prefill`` of ``at`` tokens.

    ``options`` are those of the prediction: ``clock``, ``head``, ``profile``.
    """
    profile = chosen_profile(options or {})
    found = Phases(profile, config).phase(phase, at)
    clock = profile.entries["clock_mhz"].values[1]
    where = f"after {at} positions" if phase == DECODE else f"of a prompt of {at} tokens"
    note = f"profile {profile.name} at {clock:g} MHz, {where}; docs/fpga-timing.md"
    figures = {
        f"device_{phase}": _figure(found.seconds, "s", f"{note}; longest: {found.limiting.name}"),
        f"device_{phase}_rate": _figure(found.rate, "tokens/s", note),
    }
    if found.joules:
        energy = f"{note}; a power that others published, times the modelled time, for a token"
        figures["energy"] = _figure(found.joules, "J", energy)
    return figures


def _figure(band: Band, unit: str, note: str) -> Figure:
    low, high = sorted((band.best, band.worst))
    return Figure(band.expected, unit, MODELLED, note, (low, high))
