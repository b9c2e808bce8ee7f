"""What every backend's compiler makes of a language model alike: the frame of its bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from ..backend import Answers, Arrays, Compiled
from ..errors import ModelRefused
from .vocabulary import vocabulary_parts
from .weights import DecoderModel

if TYPE_CHECKING:
    from ..bundle import Requirements
    from ..formats import SourceModel

Part = tuple[str, str, bytes]  # name, role, content


class Proof(Protocol):
    """Draws prompts, and answers them for one model."""

    def samples(self, count: int) -> list[Arrays]:
        """At most so many prompts."""

    def answers(self, samples: Sequence[Arrays]) -> Answers:
        """What a device must say to them."""


def compiled_decoder(
    source: SourceModel,
    weights: tuple[str, bytes],
    proof: Proof,
    requirements: Requirements,
    options: Mapping[str, str],
    *,
    notes: Sequence[str] = (),
    more: Sequence[Part] = (),
) -> Compiled:
    """The weights, as (name of the part, content), with the vocabulary and ``more`` behind them.

    ``notes``: beside the one that the source has of itself; empty ones are left out.
    """
    name, content = weights
    vocabulary = source.decoder.vocabulary if source.decoder else None
    return Compiled(
        parts=[
            (name, "model", content),
            *(vocabulary_parts(vocabulary) if vocabulary else ()),
            *more,
        ],
        requirements=requirements,
        inputs=source.inputs,
        outputs=source.outputs,
        reference=proof.answers,
        options=options,
        notes=tuple(note for note in (source.metadata.get("note", ""), *notes) if note),
        samples=proof.samples,
    )


def decoder_of(source: SourceModel, device: str) -> DecoderModel:
    """The language model that a source is. Raises ``ModelRefused`` (EDGE-02175) of another one.

    ``device``: what runs no other, for the message.
    """
    if source.decoder is None:
        raise ModelRefused(
            f"{source.path.name} is no language model, and {device} runs no other",
            next_step="Compile it with --target cpu, or give a language model",
            code=175,
        )
    return source.decoder


def continued(source: SourceModel) -> int:
    """How many tokens the golden vectors continue a prompt by."""
    [count] = source.outputs[0].shape
    return int(count)
