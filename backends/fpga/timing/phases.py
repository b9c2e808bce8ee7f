"""One phase of one model on one design: its parts in three cases, its ceiling and its energy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edgesdk.decoder.config import DecoderConfig
from edgesdk.predict import DECODE, PREFILL, Band, Phase

from . import loaded, streaming
from .ceiling import ceiling
from .design import Loaded, Streaming
from .parts import Part, banded
from .profile import Profile


@dataclass(frozen=True)
class Phases:
    """A profile and a model."""

    profile: Profile
    config: DecoderConfig

    def phase(self, name: str, at: int) -> Phase:
        """Decoding after ``at`` positions, or a prompt of ``at`` tokens."""
        terms = banded(self.profile, lambda design: parts(design, self.config, name, at))
        expected = self.profile.at("expected")
        most, why = ceiling(expected, self.config, name, at, products(expected))
        figures = tuple(
            figure
            for figure in self.profile.figures_of(self.config)
            if (figure.phase, figure.at) == (name, at)
        )
        bare = Phase(name, at, terms, most, why, published=figures)
        return Phase(name, at, terms, most, why, self._joules(bare), figures)

    def _joules(self, phase: Phase) -> Band | None:
        """Power times time. The better case of both together is the best."""
        best, expected, worst = self.profile.entries["watts"].values
        if worst == 0:
            return None
        time = phase.seconds.times(1 / phase.tokens)
        return Band(best * time.best, expected * time.expected, worst * time.worst)


def parts(design: Streaming | Loaded, config: DecoderConfig, name: str, at: int) -> Sequence[Part]:
    """The parts of a phase in one case."""
    if isinstance(design, Streaming):
        if name == PREFILL:
            return streaming.prefill_parts(design, config, at)
        return streaming.decode_parts(design, config, at)
    if name == DECODE:
        return loaded.decode_parts(design, config, at)
    return loaded.prefill_parts(design, config, at)


def products(design: Streaming | Loaded) -> int:
    """Ternary weights that a design multiplies in a cycle, for all tokens at once."""
    if isinstance(design, Streaming):
        return 3 * design.tables * design.lanes * design.chunk
    return 3 * design.tables * design.columns
