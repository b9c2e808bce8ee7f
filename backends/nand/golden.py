"""Golden vectors of a quantised decoder: proposed by the pages, proved in three steps.

Every code is the nearest integer to its weight. The forward pass is the float reference's, which
computes with those codes as floats and rounds no activation; what is left between the two is the
noise of rounding them. And the sums of the pages are those of numpy's integers, so that every
logit is the same to the bit. How far all of it is from the float original, a note tells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from edgesdk.backend import Answers, Arrays
from edgesdk.bundle import Tolerance
from edgesdk.decoder.golden import DISTURBANCE, Golden, logits_of, spread
from edgesdk.decoder.reference import Reference
from edgesdk.decoder.session import DecoderSession, Logits
from edgesdk.decoder.weights import DecoderModel
from edgesdk.errors import ModelRefused, VerificationMismatch

from .quantise.file_weights import FileWeights, require_same_weights
from .quantise.model_file import ModelFile
from .quantise.shape import INT8

EXECUTOR = "numpy's integer arithmetic"

# Roundings to int8, of activations or of the cache, are as large as a disturbance of 1.2 % of the
# norms: steps of a 127th of the largest element, which is about three times a usual one. What that
# does to a model, the reference tells of itself. Besides, an engine may be off by so many standard
# deviations of the logits: what a head of int8 rows makes, and in w8a8 elements that are far larger
# than usual, which make the steps of all others coarser.
COARSE = 0.012
NOISE = {"ternary": 0.04, "w4a16": 0.04, "w8a8": 0.1}
ADVICE = "With weights=w8a8, try --option weights=w4a16; else please report it"
FEW_LOGITS = 8  # tell their own spread badly: of so many, twice the noise is allowed
# Of all logits, from the float model's: then what is left is another model.
MOST_APART = 1.0

Open = Callable[[], DecoderSession]


@dataclass(frozen=True)
class QuantisedGolden:
    """Draws prompts and answers them for one model.

    ``open_file``: the model file that was made of it. ``open_pages``: a session whose sums come
    from page bytes, as the device's do. ``open_host``: one whose sums numpy makes of the codes.
    """

    model: DecoderModel
    open_file: Callable[[], ModelFile]
    open_pages: Open
    open_host: Open

    def samples(self, count: int) -> list[Arrays]:
        """The prompts whose continuations are decided most clearly."""
        return Golden(self.model, self.open_pages, "pages").samples(count)

    def answers(self, samples: Sequence[Arrays]) -> Answers:
        """The continuation of each prompt.

        Raises ``VerificationMismatch``: EDGE-0776 where the codes are not the model's, EDGE-0777
        where pages and numpy give other logits; ``InternalFault`` (EDGE-0140) where the float
        reference computes something else with the same weights; ``ModelRefused`` (EDGE-02269) where
        little of the float model is left.
        """
        outputs = self._proved(samples)
        pairs = [
            (sample["tokens"], output["continuation"])
            for sample, output in zip(samples, outputs, strict=True)
        ]
        with self.open_pages() as pages, self.open_host() as host:
            ours = [logits_of(pages, *pair) for pair in pairs]
            _require_same(ours, [logits_of(host, *pair) for pair in pairs])
        # What the model was before it was quantised says at the same tokens.
        reference = Reference(self.model, max(len(p) + len(tokens) - 1 for p, tokens in pairs))
        note = _note(ours, [logits_of(reference, *pair) for pair in pairs])
        return Answers(outputs, EXECUTOR, Tolerance(), (note,))

    def _proved(self, samples: Sequence[Arrays]) -> tuple[Arrays, ...]:
        """Continuations that the reference believes, of weights that are the model's."""
        with self.open_file() as file:
            require_same_weights(self.model, file)
            shape = file.shape
            coarse = shape.weights == "w8a8" or shape.cache == INT8
            noise = NOISE[shape.weights] * (1 + FEW_LOGITS / shape.vocabulary)
            ternary = shape.weights == "ternary"  # the reference rounds its activations as well
            model = self.model if ternary else replace(self.model, weights=FileWeights(file))
            disturbance = COARSE if coarse else DISTURBANCE
            golden = Golden(model, self.open_pages, "pages", noise, disturbance, ADVICE)
            return tuple(golden.answers(samples).outputs)


def _require_same(ours: Sequence[Logits], theirs: Sequence[Logits]) -> None:
    different = sum(
        int(np.count_nonzero(one.view(np.uint32) != other.view(np.uint32)))
        for one, other in zip(ours, theirs, strict=True)
    )
    if different:
        raise VerificationMismatch(
            "The pages give other logits than numpy's integer arithmetic",
            evidence=f"{different} of {sum(one.size for one in ours)} differ",
            next_step="The kernels compute wrongly on this machine: please report it",
            code=77,
        )


def _note(ours: Sequence[Logits], reference: Sequence[Logits]) -> str:
    """How far the quantised model is from the float one, on the golden vectors.

    Raises ``ModelRefused`` (EDGE-02269).
    """
    one, other = (np.concatenate(logits).astype(np.float64) for logits in (ours, reference))
    apart = float(np.sqrt(np.square(one - other).mean())) / spread(other)
    if apart > MOST_APART * (1 + FEW_LOGITS / one.shape[1]):
        raise ModelRefused(
            "Little is left of the model after it was quantised",
            evidence=f"its logits are {apart:.2f} standard deviations from the float model's, and "
            f"at most {MOST_APART:g} is believed",
            next_step="Its weights or activations need more bits: try --option weights=w8a8, or "
            "--target cpu",
            code=269,
        )
    same = int(np.count_nonzero(one.argmax(axis=1) == other.argmax(axis=1)))
    return (
        f"golden vectors are exact; the quantised model's logits are {apart:.3f} standard "
        f"deviations from the float reference's, and {same} of {len(one)} next tokens the same"
    )
