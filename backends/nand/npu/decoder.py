"""A quantised decoder with its cache: what a session steps through."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgesdk.decoder.limits import checked_context
from edgesdk.decoder.rescoring import rescore
from edgesdk.errors import VerificationMismatch

from ..quantise.model_file import ModelFile
from .forward import Floats, Forward
from .products import Products

RESCORED = 16  # logits of a ternary model that are computed again, where the head's rows are known


class QuantisedDecoder:
    """It keeps the keys and values of the tokens that it was given.

    ``context``: positions of the cache, at most the model's, which is the default. ``rescored``:
    how many of the largest logits are computed again from the rows of the embedding in DRAM, as
    floats, where those are the head's; by default 16 of a ternary model, whose head alone is
    rounded, and none of another. Raises ``UsageError`` (EDGE-02133) for a context that cannot be.
    """

    def __init__(
        self,
        file: ModelFile,
        products: Products,
        context: int | None = None,
        *,
        rescored: int | None = None,
    ) -> None:
        shape = file.shape
        self.context = checked_context(context, shape.context)
        self.vocabulary = shape.vocabulary
        self.position = 0
        self._forward = Forward(file, products, self.context)
        self._rows = file.table("embedding")
        chosen = (RESCORED if shape.weights == "ternary" else 0) if rescored is None else rescored
        self._rescored = min(chosen, shape.vocabulary) if shape.tied else 0

    def step(self, tokens: NDArray[np.int32], logits: Floats) -> None:
        """Append tokens, all within the vocabulary and the room that is left.

        ``logits`` [k, vocabulary] takes those of the last k tokens. Raises
        ``VerificationMismatch`` (EDGE-0775) for numbers that are infinite, or none; the position is
        then as it was.
        """
        with np.errstate(all="ignore"):  # what overflows is found below
            hidden = self._forward.states(tokens, self.position)
            if len(logits):
                final = self._forward.final(hidden[len(tokens) - len(logits) :])
                logits[:] = self._forward.logits(final)
                for row, state in zip(logits, final, strict=True):
                    rescore(row, state, self._rows, self._rescored)
            self._check_finite(logits if len(logits) else hidden, len(tokens))
        self.position += len(tokens)

    def rewind(self, length: int) -> None:
        """Keep the first tokens; there are so many."""
        self.position = length

    def _check_finite(self, numbers: Floats, count: int) -> None:
        if not np.isfinite(numbers).all():
            raise VerificationMismatch(
                "The model gave numbers that are infinite, or none",
                evidence=f"at positions {self.position} to {self.position + count - 1}",
                next_step="Bit errors or damaged weights make them: run the same bundle without "
                "errors, or compile it again. So do keys or values beyond float16's 65504: compile "
                "it with --option cache=int8",
                code=75,
            )
