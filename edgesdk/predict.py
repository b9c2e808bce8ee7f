"""How fast a model would be on a target, before anybody owns one: modelled, and said to be.

A backend may have the members of ``Predicting``. Its numbers are counted from layouts and loops,
and every constant that is none of these has a source; whatever is not known is a range, so every
result is a band of three cases. Beside each stands a ceiling that nothing can exceed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from .errors import UsageError
from .registry import backends, for_target

if TYPE_CHECKING:
    from .bundle import Bundle
    from .decoder.config import DecoderConfig
    from .predict_model import Subject

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
            **asdict(self),
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
    how: str = field(default="modelled", init=False)

    @property
    def fits(self) -> bool | None:
        """Whether all resources suffice; None where they were not counted."""
        return all(use.fits for use in self.resources) if self.resources else None

    def as_dict(self) -> dict[str, Any]:
        """The prediction as JSON has it."""
        uses = [{**asdict(use), "share": use.share, "fits": use.fits} for use in self.resources]
        phases = [phase.as_dict() for phase in self.phases]
        return {**asdict(self), "phases": phases, "resources": uses, "fits": self.fits}


@dataclass(frozen=True)
class Question:
    """What to predict: prompts by their tokens, and decoding after so many positions."""

    subject: Subject
    target: str
    options: Mapping[str, str]
    prompts: tuple[int, ...]
    contexts: tuple[int, ...]


@runtime_checkable
class Predicting(Protocol):
    """A backend that knows how fast its targets are."""

    def predict(self, question: Question) -> Prediction:
        """Answer, without a device.

        Raises ``UsageError`` (EDGE-0209 for an unknown option), and ``ModelRefused`` for a model
        that the target cannot run.
        """


@runtime_checkable
class KnowsBundles(Protocol):
    """A backend that can tell the sizes of a language model from a bundle that it compiled."""

    def shape(self, bundle: Bundle) -> DecoderConfig:
        """The sizes. Raises ``FormatRefused`` for a bundle that it did not compile."""


def predict(
    subject: Subject,
    target: str,
    options: Mapping[str, str] | None = None,
    *,
    prompts: Sequence[int] = (),
    contexts: Sequence[int] = (),
) -> Prediction:
    """Ask the target's backend. Without lengths, those of ``usual_lengths`` are taken.

    Raises ``UsageError``: EDGE-02190 where the backend does not predict, EDGE-02191 for lengths
    that the model does not have.
    """
    backend = for_target(target)
    if not isinstance(backend, Predicting):
        raise UsageError(
            f"How fast models are on {target} cannot be predicted",
            evidence=f"only targets that begin with: {', '.join(_predicting()) or 'none'}",
            next_step="Measure it instead: edgesdk bench",
            code=190,
        )
    context = subject.config.context
    _check_lengths("a prompt of {} tokens", prompts, context, context)
    _check_lengths("a token after {} positions", contexts, context - 1, context)
    prompts = prompts or usual_lengths(PREFILL, context)
    contexts = contexts or usual_lengths(DECODE, context)
    return backend.predict(
        Question(subject, target, dict(options or {}), tuple(prompts), tuple(contexts))
    )


def usual_lengths(phase: str, context: int) -> tuple[int, ...]:
    """The lengths that papers report, as far as the model's context goes.

    A context of one position has none to decode after.
    """
    wanted, most = (
        ((64, 128, 512), context) if phase == PREFILL else ((128, 512, 1024), context - 1)
    )
    return tuple(length for length in wanted if length <= most) or ((most,) if most else ())


def _check_lengths(what: str, lengths: Sequence[int], most: int, context: int) -> None:
    wrong = [length for length in lengths if not 1 <= length <= most]
    if wrong:
        raise UsageError(
            f"The model cannot have {what.format(wrong[0])}",
            evidence=f"its context has {context} positions, and a decoded token takes one of them",
            next_step=f"Ask for 1 to {most}" if most else "Ask for prompts only",
            code=191,
        )


def _predicting() -> list[str]:
    found = [f.backend for f in backends() if isinstance(f.backend, Predicting)]
    return sorted(target for backend in found for target in backend.targets)
