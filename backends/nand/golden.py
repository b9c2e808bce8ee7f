"""Golden vectors of a quantised decoder, proposed by the pages and proved by numpy's integers.

A model of 8- or 4-bit weights differs from its float original by far more than roundings, so the
float reference cannot tell whether a device computes it rightly. The quantised matrices multiplied
by numpy can: their sums are exact, so every logit must be the same to the bit. How far the integer
model is from the float one is told in a note.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgesdk.backend import Answers, Arrays
from edgesdk.bundle import Tolerance
from edgesdk.decoder.golden import Golden
from edgesdk.decoder.reference import Reference
from edgesdk.decoder.session import DecoderSession, Logits
from edgesdk.decoder.weights import DecoderModel
from edgesdk.errors import VerificationMismatch

EXECUTOR = "numpy's integer arithmetic"
Open = Callable[[], DecoderSession]


@dataclass(frozen=True)
class QuantisedGolden:
    """Draws prompts and answers them for one model.

    ``open_pages``: a session whose sums come from page bytes, as the device's do. ``open_host``:
    one whose sums numpy makes of the model file's codes.
    """

    model: DecoderModel
    open_pages: Open
    open_host: Open

    def samples(self, count: int) -> list[Arrays]:
        """The prompts whose continuations are decided most clearly."""
        return Golden(self.model, self.open_pages, "pages").samples(count)

    def answers(self, samples: Sequence[Arrays]) -> Answers:
        """The continuation of each prompt.

        Raises ``VerificationMismatch`` (EDGE-0777) where pages and numpy give other logits.
        """
        with self.open_pages() as pages, self.open_host() as host:
            proposed = [pages.run(sample)["continuation"] for sample in samples]
            passes = [
                np.concatenate([sample["tokens"], tokens[:-1]]).astype(np.int32)
                for sample, tokens in zip(samples, proposed, strict=True)
            ]
            ours = [_last(pages, tokens, proposed[0].size) for tokens in passes]
            _require_same(ours, [_last(host, tokens, proposed[0].size) for tokens in passes])
        float_logits = self._float_logits(passes, proposed[0].size)
        outputs = tuple({"continuation": tokens} for tokens in proposed)
        return Answers(outputs, EXECUTOR, Tolerance(), (_note(ours, float_logits),))

    def _float_logits(self, passes: Sequence[NDArray[np.int32]], count: int) -> list[Logits]:
        """What the model was before it was quantised says at the same tokens."""
        reference = Reference(self.model, max(len(tokens) for tokens in passes))
        return [_last(reference, tokens, count) for tokens in passes]


def _last(session: DecoderSession | Reference, tokens: NDArray[np.int32], count: int) -> Logits:
    """float32 [count, vocabulary]: of the last tokens, in one pass from an empty cache."""
    session.rewind(0)
    return session.prefill(tokens, every=True)[-count:]


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
    """How far the quantised model is from the float one, on the golden vectors."""
    one, other = np.concatenate(ours), np.concatenate(reference)
    spread = max(float(other.std()), 1e-30)
    apart = float(np.sqrt(np.square(one - other).mean())) / spread
    same = int(np.count_nonzero(one.argmax(axis=1) == other.argmax(axis=1)))
    return (
        f"golden vectors are exact; the quantised model's logits are {apart:.3f} standard "
        f"deviations from the float reference's, and {same} of {len(one)} next tokens the same"
    )
