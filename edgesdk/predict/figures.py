"""A prediction as figures of ``edgesdk bench``: modelled, with a band."""

from __future__ import annotations

from ..bench import MODELLED, Figure
from .prediction import Band, Phase


def decode_figures(phase: Phase, note: str, energy: str, more: str = "") -> dict[str, Figure]:
    """Time, rate and energy of decoding a token, as far as each is known.

    ``note``: of all of them; ``energy`` and ``more``: after it, of the energy and of the time.
    """
    figures = {
        "device_decode": _figure(phase.seconds, "s", note + more),
        "device_decode_rate": _figure(phase.rate, "tokens/s", note),
    }
    if phase.joules:
        figures["energy"] = _figure(phase.joules, "J", note + energy)
    return figures


def prefill_figures(phase: Phase, note: str) -> dict[str, Figure]:
    """The rate of reading a prompt. ``note``: on what it rests."""
    return {"device_prefill_rate": _figure(phase.rate, "tokens/s", note)}


def _figure(band: Band, unit: str, note: str) -> Figure:
    low, high = sorted((band.best, band.worst))
    return Figure(band.expected, unit, MODELLED, note, (low, high))
