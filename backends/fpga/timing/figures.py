"""What a session tells ``edgesdk bench`` of a board that nobody has: modelled, with a band."""

from __future__ import annotations

from collections.abc import Mapping

from edgesdk.bench import Figure
from edgesdk.decoder.config import DecoderConfig
from edgesdk.predict import DECODE, PREFILL
from edgesdk.predict.figures import decode_figures, prefill_figures

from .phases import Phases
from .predict import chosen_profile


def modelled(
    config: DecoderConfig, at: tuple[int, int], options: Mapping[str, str]
) -> dict[str, Figure]:
    """Figures of decoding after so many positions, and of a prompt of so many tokens, if any.

    ``options`` are those of the prediction: ``clock``, ``head``, ``profile``.
    """
    profile = chosen_profile(options)
    phases = Phases(profile, config)
    position, prompt = at
    found = phases.phase(DECODE, position)
    clock = profile.entries["clock_mhz"].values[1]
    design = f"profile {profile.name} at {clock:g} MHz"
    note = f"{design}, after {position} positions; docs/fpga-timing.md"
    energy = "; a power that others published, times the modelled time, for a token"
    decode = decode_figures(found, note, energy, f"; longest: {found.limiting.name}")
    if not prompt:
        return decode
    read = f"{design}, a prompt of {prompt} tokens; docs/fpga-timing.md"
    return {**decode, **prefill_figures(phases.phase(PREFILL, prompt), read)}
