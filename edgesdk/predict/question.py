"""What may be asked of a prediction, and what a backend does that answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ..errors import UsageError
from ..registry import for_target, targets_with
from .prediction import DECODE, PREFILL, Prediction

if TYPE_CHECKING:
    from ..address import Address
    from ..bundle import Bundle
    from ..decoder.config import DecoderConfig
    from .model import Subject
    from .shape import DecoderShape
    from .target import Target


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

    def shape(self, bundle: Bundle) -> DecoderConfig | DecoderShape | None:
        """The sizes, None of a model that is no decoder.

        Raises ``VerificationMismatch`` where the bundle's part is damaged.
        """


@runtime_checkable
class Tracing(Protocol):
    """A backend that can show a prediction on a time line."""

    def trace(self, question: Question) -> Mapping[str, Any]:
        """A trace as Chrome and Perfetto read it: a JSON object with ``traceEvents``.

        Raises what ``Predicting.predict`` raises.
        """


@runtime_checkable
class PredictsAddress(Protocol):
    """A backend whose devices have addresses that say all that a prediction asks."""

    def prediction_target(self, address: Address) -> Target:
        """The target and the prediction's options that an address stands for.

        Raises ``UsageError`` for an address of no device that can be predicted, and for any option
        of it that a device refuses.
        """


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
    backend = predicting(target)
    return backend.predict(ask(subject, target, options, prompts=prompts, contexts=contexts))


def predicting(target: str) -> Predicting:
    """The backend that predicts for a target. Raises ``UsageError`` (EDGE-0213, EDGE-02190)."""
    backend = for_target(target)
    if isinstance(backend, Predicting):
        return backend
    raise UsageError(
        f"How fast models are on {target} cannot be predicted",
        evidence=f"only targets that begin with: {', '.join(targets_with(Predicting)) or 'none'}",
        next_step="Measure it instead: edgesdk bench",
        code=190,
    )


def ask(
    subject: Subject,
    target: str,
    options: Mapping[str, str] | None = None,
    *,
    prompts: Sequence[int] = (),
    contexts: Sequence[int] = (),
) -> Question:
    """The question, with the usual lengths where none are given. Raises ``UsageError``
    (EDGE-02191)."""
    context = subject.shape.context
    _check_lengths("a prompt of {} tokens", prompts, context, context)
    _check_lengths("a token after {} positions", contexts, context - 1, context)
    prompts = prompts or usual_lengths(PREFILL, context)
    contexts = contexts or usual_lengths(DECODE, context)
    return Question(subject, target, dict(options or {}), tuple(prompts), tuple(contexts))


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
