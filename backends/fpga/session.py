"""A decoder on the accelerator, behind ``edgesdk.decoder.session.DecoderSession``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from edgesdk.bench import Figure
from edgesdk.decoder.block_session import BlockSession
from edgesdk.decoder.rescoring import rescore
from edgesdk.decoder.session import Logits
from edgesdk.decoder.weights import Vocabulary
from edgesdk.errors import LinkFailed, VerificationMismatch
from edgesdk.session import closed

from .buffers import MOST_LOGITS, MOST_TOKENS
from .driver.accelerator import Accelerator
from .options import FABRIC, HOST, OpenOptions
from .weights.reader import ModelFile

FIRST_BLOCK = 16  # tokens


class FpgaSession(BlockSession):
    """A model's file and an accelerator, which it owns and closes.

    Raises what ``Accelerator`` and ``ResidentModel`` raise.
    """

    def __init__(
        self,
        file: ModelFile,
        accelerator: Accelerator,
        options: OpenOptions,
        text: Vocabulary | None,
        continuation: int,
    ) -> None:
        super().__init__(text, continuation, MOST_TOKENS)
        self._file, self._accelerator = file, accelerator
        self._position, self._replaced = 0, False
        self.block = FIRST_BLOCK
        if accelerator.emulated:
            self.speeds_of = f"the emulator, engine {accelerator.engine}; no board's speed"
        self._rescored, self._options = options.rescore or 0, options
        self._embedding = file.embedding()
        self._head = None
        try:
            accelerator.load(file, options.context, fabric_head=options.head != HOST)
            self.context = accelerator.context
            if options.head == HOST:
                from .head.host import HostHead

                self._head = HostHead(
                    file.head_rows(), file.shape.hidden, file.floats("head_scales")
                )
        except BaseException:
            self.close()
            raise

    @property
    def vocabulary(self) -> int:
        """Number of tokens, and of logits for each position."""
        return self._file.shape.vocabulary

    @property
    def position(self) -> int:
        """Tokens in the cache."""
        self._check_live()
        return self._position

    @property
    def head(self) -> str:
        """Where logits are computed: in the fabric, or on the host."""
        return HOST if self._head else FABRIC

    @property
    def running(self) -> bool:
        """Whether it holds the accelerator."""
        return not self._closed and not self._replaced

    @property
    def held_memory(self) -> int:
        """Bytes of the accelerator's memory."""
        return self._accelerator.held_memory

    def replace(self) -> None:
        """Give the accelerator to a trial: every later call raises ``LinkFailed``."""
        with self._lock:
            self._replaced = True
            self._free()

    def figures(self) -> Mapping[str, Figure]:
        """Speeds of the last run as the host saw them, and what a board would take, modelled."""
        from .timing.modelled import modelled_figures

        at = (max(self._position, 1), self.prompted)
        modelled = modelled_figures(
            self._file.shape, at, self.head, self._options.clock, self._options.profile
        )
        return {**super().figures(), **modelled}

    def __enter__(self) -> FpgaSession:
        return self

    def _step(self, tokens: NDArray[np.int32], logits: Logits) -> None:
        """See ``BlockSession``. Raises ``LinkFailed``, ``VerificationMismatch`` (EDGE-0765)."""
        self._check_live()
        if len(logits) <= 1:
            self._pass(tokens, logits)
            return
        for first in range(0, len(tokens), MOST_LOGITS):
            part = slice(first, first + MOST_LOGITS)
            self._pass(tokens[part], logits[part])

    def _pass(self, tokens: NDArray[np.int32], logits: Logits) -> None:
        """One start of the accelerator."""
        states = self._accelerator.forward(
            self._embedding[tokens], self._position, logits if self._head is None else logits[:0]
        )
        wanted = states[len(tokens) - len(logits) :]
        self._check_finite("states", wanted, len(tokens))
        for state, row in zip(wanted, logits, strict=True):
            if self._head is not None:
                row[:] = self._head.logits(state)
            rescore(row, state, self._embedding, self._rescored)
        self._check_finite("logits", logits, len(tokens))
        self._position += len(tokens)

    def _check_finite(self, what: str, numbers: NDArray[np.float32], tokens: int) -> None:
        if not np.isfinite(numbers).all():
            raise VerificationMismatch(
                "The accelerator gave numbers that are infinite, or none",
                evidence=f"{what} at positions {self._position} to {self._position + tokens - 1}",
                next_step="The model's weights are damaged, or the fabric computes wrongly: run "
                "the same bundle on emu:fpga",
                code=65,
            )

    def _rewind(self, length: int) -> None:
        self._position = length

    def _check_live(self) -> None:
        if self._closed:
            raise closed()
        if self._replaced:
            raise LinkFailed(
                "The accelerator was given to another model",
                evidence="a deploy tried its model on it, and there is room for one",
                next_step="Open the model again",
                code=39,
            )

    def _free(self) -> None:
        if self._head is not None:
            self._head.close()
        self._accelerator.close()
        self._file.close()
