"""What a prediction says: times in bands, what they are made of, resources, assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

DECODE, PREFILL = "decode", "prefill"


@dataclass(frozen=True)
class Band:
    """One quantity in three cases: everything unknown at its best, as expected, at its worst."""

    best: float
    expected: float
    worst: float

    def times(self, factor: float) -> Band:
        """Each case times a factor."""
        return Band(self.best * factor, self.expected * factor, self.worst * factor)

    def under(self, numerator: float) -> Band:
        """A numerator over each case: times become rates."""
        return Band(numerator / self.best, numerator / self.expected, numerator / self.worst)


@dataclass(frozen=True)
class Term:
    """One part of a phase's time; the parts follow one another, so they add up.

    ``limit``: what sets it, in the expected case. ``how``: from what it was counted, or assumed.
    """

    name: str
    seconds: Band
    limit: str
    how: str


@dataclass(frozen=True)
class Published:
    """A figure that somebody measured, which stands beside ours; ``design`` is what it is of."""

    phase: str
    at: int
    value: float
    unit: str
    source: str
    design: str = ""


@dataclass(frozen=True)
class Occupancy:
    """How long a resource works during a phase, and why it does not: shares that add up to 1.

    ``idle``: shares by reason.
    """

    resource: str
    busy: float
    idle: Mapping[str, float]


@dataclass(frozen=True)
class Quantity:
    """Something else that was found, such as the energy of one part, or reads until a block wears
    out. ``how``: from what, and whether any of it is assumed. ``band``: around the value, where it
    rests on what is not known."""

    name: str
    value: float
    unit: str
    how: str
    band: Band | None = None


@dataclass(frozen=True)
class Phase:
    """Decoding one token after ``at`` positions, or taking in a prompt of ``at`` tokens.

    ``ceiling``: tokens each second that no arrangement can exceed, for the reason ``ceiling_how``.
    ``joules``: for each token; None where the power is not known.
    """

    name: str
    at: int
    terms: tuple[Term, ...]
    ceiling: float
    ceiling_how: str
    joules: Band | None = None
    published: tuple[Published, ...] = ()
    occupancy: tuple[Occupancy, ...] = ()
    quantities: tuple[Quantity, ...] = ()

    @property
    def tokens(self) -> int:
        """How many tokens the phase handles."""
        return self.at if self.name == PREFILL else 1

    @property
    def seconds(self) -> Band:
        """The time of all parts."""
        return Band(
            sum(term.seconds.best for term in self.terms),
            sum(term.seconds.expected for term in self.terms),
            sum(term.seconds.worst for term in self.terms),
        )

    @property
    def rate(self) -> Band:
        """Tokens each second."""
        return self.seconds.under(self.tokens)

    @property
    def limiting(self) -> Term:
        """The part that takes longest, as expected."""
        return max(self.terms, key=lambda term: term.seconds.expected)

    def as_dict(self) -> dict[str, Any]:
        """The phase as JSON has it, with what follows from its terms."""
        return {
            **_filled(asdict(self)),
            "seconds": asdict(self.seconds),
            "tokens_per_second": asdict(self.rate),
            "limiting": self.limiting.name,
            "share_of_ceiling": self.rate.expected / self.ceiling,
        }


@dataclass(frozen=True)
class Use:
    """How much of one resource of a part is used, and from what that was counted.

    ``most``: the share of it that a design may take.
    """

    resource: str
    used: float
    available: float
    how: str
    most: float = 1.0

    @property
    def share(self) -> float:
        """Of 1."""
        return self.used / self.available

    @property
    def fits(self) -> bool:
        """Whether it is within what a design may take."""
        return self.share <= self.most


@dataclass(frozen=True)
class Assumption:
    """What is not counted, a constant or a supposition: its value as text, where it is from."""

    name: str
    value: str
    source: str


@dataclass(frozen=True)
class Prediction:
    """What ``predict`` answers. ``settings`` are all options as they took effect."""

    model: str
    target: str
    settings: Mapping[str, str]
    phases: tuple[Phase, ...]
    assumptions: tuple[Assumption, ...]
    resources: tuple[Use, ...] = ()
    notes: tuple[str, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    how: str = field(default="modelled", init=False)

    @property
    def fits(self) -> bool | None:
        """Whether all resources suffice; None where they were not counted."""
        return all(use.fits for use in self.resources) if self.resources else None

    def as_dict(self) -> dict[str, Any]:
        """The prediction as JSON has it."""
        uses = [{**asdict(use), "share": use.share, "fits": use.fits} for use in self.resources]
        phases = [phase.as_dict() for phase in self.phases]
        return {**_filled(asdict(self)), "phases": phases, "resources": uses, "fits": self.fits}


def _filled(document: dict[str, Any]) -> dict[str, Any]:
    """Without what only some backends find, where this one has found none."""
    optional = ("occupancy", "quantities")
    return {key: value for key, value in document.items() if value or key not in optional}
