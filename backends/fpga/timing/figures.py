"""What a session tells ``edgesdk bench`` of a board that nobody has: modelled, with a band."""

from __future__ import annotations

from collections.abc import Mapping

from edgesdk.bench import Figure
from edgesdk.decoder.config import DecoderConfig
from edgesdk.predict import DECODE
from edgesdk.predict.figures import decode_figures

from .phases import Phases
from .predict import chosen_profile


def modelled(config: DecoderConfig, at: int, options: Mapping[str, str]) -> dict[str, Figure]:
    """Figures of decoding after ``at`` positions.

    ``options`` are those of the prediction: ``clock``, ``head``, ``profile``.
    """
    profile = chosen_profile(options)
    found = Phases(profile, config).phase(DECODE, at)
    clock = profile.entries["clock_mhz"].values[1]
    note = f"profile {profile.name} at {clock:g} MHz, after {at} positions; docs/fpga-timing.md"
    energy = "; a power that others published, times the modelled time, for a token"
    return decode_figures(found, note, energy, f"; longest: {found.limiting.name}")
