"""A decoder whose weights lie in flash, behind ``edgesdk.decoder.session.DecoderSession``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from edgesdk.bench import Figure
from edgesdk.decoder.block_session import BlockSession
from edgesdk.decoder.session import Logits
from edgesdk.decoder.weights import Vocabulary
from edgesdk.session import closed

from .memory.exact_sums import require_exact_sums
from .memory.memory import READ_TOKENS, Memory
from .npu.decoder import QuantisedDecoder


class NandSession(BlockSession):
    """A decoder and the memory that it multiplies from, which it owns and closes."""

    speeds_of = "the emulator on this machine; no device's speed"

    def __init__(
        self, memory: Memory, text: Vocabulary | None, continuation: int, context: int = 0
    ) -> None:
        """``context``: positions of the cache, 0 for as many as the model has."""
        super().__init__(text, continuation, memory.most_tokens)
        self._memory = memory
        self.block = READ_TOKENS
        try:
            self._decoder = QuantisedDecoder(memory.file, memory.products, context or None)
        except BaseException:
            self.close()
            raise
        self.context = self._decoder.context

    @property
    def vocabulary(self) -> int:
        """Number of tokens, and of logits for each position."""
        return self._decoder.vocabulary

    @property
    def position(self) -> int:
        """Tokens in the cache."""
        self._check_live()
        return self._decoder.position

    def figures(self) -> Mapping[str, Figure]:
        """Speeds of the emulator, what the flash did, and what a device would take, modelled."""
        modelled = self._memory.figures(max(self.position, 1), self.prompted)
        return {**super().figures(), **modelled}

    def require_exact(self) -> None:
        """Raise ``VerificationMismatch`` (EDGE-0777) where products are not those of the codes."""
        require_exact_sums(self._memory)

    def __enter__(self) -> NandSession:
        return self

    def _step(self, tokens: NDArray[np.int32], logits: Logits) -> None:
        """See ``BlockSession``. Raises ``VerificationMismatch`` (EDGE-0775)."""
        self._check_live()
        self._memory.before_step(len(tokens))
        self._decoder.step(tokens, logits)

    def _rewind(self, length: int) -> None:
        self._decoder.rewind(length)

    def _check_live(self) -> None:
        if self._closed:
            raise closed()

    def _free(self) -> None:
        self._memory.close()
