"""One accelerator and the model in it: hidden states in, hidden states and logits out."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk.errors import EdgeError

from ..bitstream.fabric import Fabric
from ..weights.axes import VECTOR, padded
from ..weights.reader import ModelFile
from .driver import IDENTIFY_SECONDS, Driver
from .hal import Buffer, Hal
from .patience import BOARD, deadline
from .resident import ResidentModel

Floats = NDArray[np.float32]

# Of accelerators that could not be stopped: until the program ends, since they may write there.
_never_freed: list[ResidentModel] = []


class Accelerator:
    """Owns a Hal and the files of its fabric, from loading it to ``close``.

    ``engine``: what computes, which says how long that may take; ``seconds``: the limit of a start
    where somebody set one. Raises what ``Driver`` raises.
    """

    def __init__(
        self, hal: Hal, fabric: Fabric | None, engine: str = BOARD, seconds: float = 0.0
    ) -> None:
        self._hal, self._fabric, self.engine, self._seconds = hal, fabric, engine, seconds
        self._model: ResidentModel | None = None
        self._driver: Driver | None = None
        try:
            self._driver = Driver(hal, fabric.path if fabric else None)
            self._driver.identify(min(seconds or IDENTIFY_SECONDS, IDENTIFY_SECONDS))
        except BaseException:
            self.close()
            raise

    @property
    def emulated(self) -> bool:
        """Whether no board is behind it."""
        return self.engine != BOARD

    @property
    def context(self) -> int:
        """Positions of the cache."""
        return self._resident().context

    @property
    def held_memory(self) -> int:
        """Bytes that the model takes."""
        return self._model.size if self._model else 0

    def load(self, file: ModelFile, context: int, *, fabric_head: bool) -> None:
        """Put a model into its memory. Raises as ``ResidentModel`` and ``Driver.load``."""
        self._model = ResidentModel(self._hal, file, context, fabric_head)
        self._live().load(self._model.shape, self._model.addresses())
        self._products = file.shape.ternary_weights + file.shape.vocabulary * file.shape.hidden
        self._vocabulary = file.shape.vocabulary

    def forward(self, embeddings: NDArray[Any], start: int, logits: Floats) -> Floats:
        """Run tokens from position ``start``; ``embeddings`` [tokens, hidden] of any float type.

        ``logits`` [k, vocabulary] takes those of the last k tokens. Returns the final states
        [tokens, hidden]. Raises ``LinkFailed``, as ``Driver.forward``.
        """
        model, tokens, size = self._resident(), len(embeddings), embeddings.size
        states = model["states" if tokens > 1 else "one_state"]
        floats: Floats = states.array.view(np.float32)
        floats[:size] = embeddings.reshape(-1)
        states.flush()
        places, seconds = {"states": states.address}, self._limit(start, tokens)
        if len(logits):
            written = model["logits" if len(logits) > 1 else "one_logits"]
            places["logits"] = written.address
        self._live().forward(start, tokens, tokens - len(logits), seconds, **places)
        states.invalidate()
        if len(logits):
            self._read_logits(written, logits)
        final: Floats = floats[:size].reshape(embeddings.shape).copy()
        return final

    def close(self) -> None:
        """Give memory and fabric back. Safe twice."""
        stopped, model = self._stopped(), self._model
        self._model = None
        if model is not None and stopped:
            model.free()
        elif model is not None:
            _never_freed.append(model)
        self._hal.close()
        if self._fabric is not None:
            self._fabric.close()

    def _stopped(self) -> bool:
        """Whether nothing writes to its memory any more, where somebody else's bytes may be soon.

        What an emulator still computes goes to memory of its own, and nobody waits for it.
        """
        driver = self._driver
        if driver is None or self.emulated:
            return True
        with suppress(EdgeError):  # closing tells of no errors
            driver.settle(0)
        return not driver.busy

    def _read_logits(self, buffer: Buffer, logits: Floats) -> None:
        row = padded(self._vocabulary, VECTOR)
        buffer.invalidate()
        found = buffer.array.view(np.float32)[: len(logits) * row].reshape(-1, row)
        logits[:] = found[:, : self._vocabulary]

    def _limit(self, start: int, tokens: int) -> float:
        shape = self._resident().shape
        attention = 2 * shape.layers * shape.width * (start + tokens)
        return self._seconds or deadline(self.engine, tokens * (self._products + attention))

    def _resident(self) -> ResidentModel:
        assert self._model is not None
        return self._model

    def _live(self) -> Driver:
        assert self._driver is not None
        return self._driver
