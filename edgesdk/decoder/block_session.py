"""What the sessions of every engine share: prompts in blocks, threads that wait, figures."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import RLock

import numpy as np
from numpy.typing import NDArray

from ..backend import Arrays
from ..bench import MEASURED, Figure
from ..session import BaseSession
from .limits import checked_continuation, checked_length, checked_tokens
from .session import INPUTS, Logits, Tokens, outputs
from .weights import Vocabulary

# A prompt goes in blocks, so that Ctrl-C is answered between them.
BLOCK_SECONDS = 0.3
LEAST_BLOCK = 16


class BlockSession(BaseSession):
    """See ``DecoderSession``. Safe to use from several threads: one call waits for another.

    A subclass calls ``__init__`` before it opens anything, sets ``context`` and ``block`` (tokens
    that go in one step, at first), and gives ``_step``, ``_rewind``, ``_free``, ``vocabulary`` and
    ``position``, which raises once the session is closed.
    """

    context: int
    block: int
    speeds_of = ""  # what is timed, where that is no device

    def __init__(self, text: Vocabulary | None, continuation: int, most_tokens: int) -> None:
        """``continuation``: tokens that ``run`` gives; ``most_tokens``: of one step."""
        super().__init__(INPUTS, outputs(continuation))
        self.text = text
        self._continuation, self._most_tokens = continuation, most_tokens
        self._lock = RLock()
        self._took: dict[str, tuple[int, float]] = {}  # tokens, seconds
        self._working = 0  # calls under way; more than one where a signal's handler calls

    @property
    @abstractmethod
    def vocabulary(self) -> int:
        """Number of tokens, and of logits for each position."""

    @property
    @abstractmethod
    def position(self) -> int:
        """Tokens in the cache."""

    @abstractmethod
    def _step(self, tokens: NDArray[np.int32], logits: Logits) -> None:
        """Append a block. ``logits`` [k, vocabulary] takes those of the last k tokens: none, the
        last one's or all of them."""

    @abstractmethod
    def _rewind(self, length: int) -> None:
        """Keep so many tokens, of those there are. Never fails."""

    @abstractmethod
    def _free(self) -> None:
        """Give everything back. Safe twice, and before anything was opened."""

    def prefill(self, tokens: Tokens, *, every: bool = False) -> Logits:
        """Append tokens; see ``DecoderSession``. Raises what the engine does."""
        with self._at_work():
            start = self.position
            checked = checked_tokens(tokens, self.vocabulary, self.context - start)
            logits = np.empty((len(checked) if every else 1, self.vocabulary), np.float32)
            try:
                self._blocks(checked, every, logits)
            except BaseException:
                self._rewind(start)
                raise
            return logits if every else logits[0]

    def decode(self, token: int) -> Logits:
        """Append one token; see ``DecoderSession``."""
        return self.prefill([token])

    def rewind(self, length: int) -> None:
        """Keep the first ``length`` tokens; see ``DecoderSession``."""
        with self._at_work():
            self._rewind(checked_length(length, self.position))

    @property
    def took(self) -> Mapping[str, tuple[int, float]]:
        """Tokens and seconds of the last run's parts, by the names of their figures."""
        return self._took

    @property
    def prompted(self) -> int:
        """Tokens that the last run read before it wrote any; 0 before a run."""
        return self._took.get("prefill_rate", (0, 0.0))[0]

    def figures(self) -> Mapping[str, Figure]:
        """The speeds of the last run, in tokens a second."""
        run = "the last run" + (f": {self.speeds_of}" if self.speeds_of else "")
        return {
            name: Figure(count / seconds, "tokens/s", MEASURED, f"{count} tokens, {run}")
            for name, (count, seconds) in self._took.items()
            if count
        }

    def _blocks(self, tokens: NDArray[np.int32], every: bool, logits: Logits) -> None:
        done = 0
        while done < len(tokens):
            part = tokens[done : done + self.block]
            done += len(part)
            began = time.perf_counter()
            if every:
                self._step(part, logits[done - len(part) : done])
            else:
                self._step(part, logits if done == len(tokens) else logits[:0])
            if len(part) == self.block:
                self.block = self._next_block(time.perf_counter() - began)

    def _next_block(self, seconds: float) -> int:
        fits = self.block * BLOCK_SECONDS / max(seconds, 1e-6)
        return int(np.clip(fits, LEAST_BLOCK, self._most_tokens)) // LEAST_BLOCK * LEAST_BLOCK

    def _run(self, arrays: Arrays) -> Arrays:
        """The likeliest continuation of the tokens; the lowest of equally likely ones."""
        with self._at_work():
            self.rewind(0)
            tokens = arrays["tokens"]
            room = checked_continuation(self._continuation, self.context)
            checked_tokens(tokens, self.vocabulary, room)
            found = np.empty(self._continuation, np.int32)
            begun = time.perf_counter()
            logits = self.prefill(tokens)
            told = time.perf_counter()
            for index in range(self._continuation):
                found[index] = logits.argmax()
                if index + 1 < self._continuation:
                    logits = self.decode(int(found[index]))
            self._took = {
                "prefill_rate": (len(tokens), told - begun),
                "decode_rate": (self._continuation - 1, time.perf_counter() - told),
            }
            return {"continuation": found}

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        """Other threads wait. What closes the session meanwhile, in a signal's handler, is obeyed
        at the next block, and the memory goes when nobody uses it any more."""
        with self._lock:
            self._working += 1
            try:
                yield
            finally:
                self._working -= 1
                if self._closed and not self._working:
                    self._free()

    def _close(self) -> None:
        with self._lock:
            if not self._working:
                self._free()

    def __del__(self) -> None:
        if hasattr(self, "_working"):
            self.close()
