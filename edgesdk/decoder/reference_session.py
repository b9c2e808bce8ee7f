"""The reference as a whole ``DecoderSession``: it stands where a device's session does."""

from __future__ import annotations

import numpy as np

from ..backend import Arrays
from ..session import BaseSession, closed
from .reference import Reference, Trace
from .session import CONTINUATION, INPUTS, Logits, Tokens, outputs
from .weights import DecoderModel


class ReferenceSession(BaseSession):
    """An opened reference: no device, the same answers."""

    def __init__(
        self,
        model: DecoderModel,
        context: int | None = None,
        *,
        continuation: int = CONTINUATION,
        trace: Trace | None = None,
    ) -> None:
        super().__init__(INPUTS, outputs(continuation))
        self._continuation = continuation
        self._reference = Reference(model, context, trace=trace)
        self.text = self._reference.text
        self.vocabulary = self._reference.vocabulary
        self.context = self._reference.context

    @property
    def position(self) -> int:
        """Tokens in the cache."""
        return self._open().position

    def prefill(self, tokens: Tokens, *, every: bool = False) -> Logits:
        """Append tokens; see ``DecoderSession.prefill``."""
        return self._open().prefill(tokens, every=every)

    def decode(self, token: int) -> Logits:
        """Append one token; see ``DecoderSession.decode``."""
        return self._open().decode(token)

    def rewind(self, length: int) -> None:
        """Keep the first tokens; see ``DecoderSession.rewind``."""
        self._open().rewind(length)

    def _run(self, arrays: Arrays) -> Arrays:
        self.rewind(0)
        found = [int(self.prefill(arrays["tokens"]).argmax())]
        while len(found) < self._continuation:
            found.append(int(self.decode(found[-1]).argmax()))
        return {"continuation": np.array(found, np.int32)}

    def _open(self) -> Reference:
        if self._closed:
            raise closed()
        return self._reference

    def _close(self) -> None:
        del self._reference
