"""What a device would take for the last token, as ``docs/nand-timing.md`` models it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from edgesdk.bench import Figure
from edgesdk.predict.figures import decode_figures, prefill_figures
from edgesdk.predict.shape import shape_of

from ..design.chosen import Chosen
from ..quantise.model_file import ModelFile
from ..quantise.shape import CACHE_BYTES
from ..workload.decoder import workload
from .cases import Ranges
from .phases import Phases


def modelled_figures(
    chosen: Chosen, file: ModelFile, position: int, prompt: int = 0
) -> Mapping[str, Figure]:
    """Time, rate and energy of decoding a token after so many positions, and the rate of a prompt
    of so many tokens, with their bands.

    The cache is as wide as the model's, whatever the design says.
    """
    shape = file.shape
    ranges = Ranges(with_cache(chosen, shape.cache))
    found = workload(shape_of(file.config, "model"), weights=shape.weights)
    phases = Phases(ranges, ranges.cases(), found, None, lambda context: ())
    of = f", a cache of {shape.cache}; the band moves what is not published: docs/nand-timing.md"
    note = f"{chosen.design.name}, after {position} positions{of}"
    energy = "; for a token, of all parts: docs/nand-design.md"
    decode = decode_figures(phases.decode(position), note, energy)
    if not prompt:
        return decode
    read = f"{chosen.design.name}, a prompt of {prompt} tokens{of}"
    return {**decode, **prefill_figures(phases.prompt(prompt), read)}


def with_cache(chosen: Chosen, cache: str) -> Chosen:
    """A device whose cache holds such elements: that is known, and has no range."""
    width = CACHE_BYTES[cache]
    design = replace(chosen.design, cache_bytes=width)
    return replace(chosen, design=design, given={**chosen.given, "cache_bytes": width})
