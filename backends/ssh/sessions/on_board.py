"""What every session at a distance does: its arrays over the link, and its times from the board."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from math import prod
from typing import Any

import numpy as np

from edgesdk.agent.wire.arguments import Bench, OfSession, Run
from edgesdk.agent.wire.arrays import ArrayHead, array_from_wire, array_to_wire
from edgesdk.agent.wire.messages import MOST_BLOBS, MOST_RUNS
from edgesdk.agent.wire.plain import Untellable, Wrong
from edgesdk.agent.wire.told import done_of
from edgesdk.backend import Arrays
from edgesdk.bench import Figure
from edgesdk.errors import EdgeError, InputMismatch, VerificationMismatch
from edgesdk.session import closed
from edgesdk.tensors import TensorSpec

from ..connection import Connection, only_so_much
from ..connection.answers import read
from ..connection.exchange import Pending

_STRING = "string"
_FIGURES = dict[str, Figure]


class OnBoard:
    """The members of a session that need nothing but its number there."""

    connection: Connection
    number: int
    outputs: tuple[TensorSpec, ...]
    instrumented: bool
    _closed: bool
    _timed: _FIGURES | None = None

    def _ask(
        self,
        call: str,
        arguments: object = None,
        blobs: Sequence[Any] = (),
        most: int = 0,
        tell: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> Pending:
        """A call of this session; ``tell`` is told its events."""
        if self._closed:
            raise closed()
        given = arguments or OfSession(self.number)
        tells = tell is not None
        request = self.connection.submit(call, given, blobs, most=most, tells=tells)
        return self.connection.follow(request, tell) if tell else self.connection.wait(request)

    def figures(self) -> _FIGURES:
        """What the board told of the last run, or of the benchmark that was the last thing run."""
        if self._timed is not None:
            return self._timed
        if not self.instrumented:
            return {}
        return read(self.connection, _FIGURES, self._ask("figures"), "figures")

    def timed(
        self,
        inputs: Arrays,
        *,
        warmup: int,
        runs: int,
        seconds: float,
        on_run: Callable[[int, int], None],
    ) -> Sequence[float]:
        """The seconds of each run, taken on the board; see ``edgesdk.bench.TimesItself``."""
        runs = min(runs, MOST_RUNS)

        def tell(event: Mapping[str, Any]) -> None:
            if (done := done_of(event, runs)) is not None:
                on_run(done, runs)

        with self._running(inputs):
            heads, blobs = sent(inputs)
            asked = Bench(self.number, heads, warmup, runs, seconds)
            answer = self._ask("bench", asked, blobs, 8 * runs, tell)
            self._timed = read(self.connection, _FIGURES, answer, "figures")
            return self._times(answer, runs)

    def _times(self, answer: Pending, runs: int) -> Sequence[float]:
        data = answer.blobs[0] if len(answer.blobs) == 1 else b""
        if not data or len(data) % 8:
            raise self.connection.broken(f"bench: {len(data)} bytes of times")
        times = np.frombuffer(data, "<f8").astype(np.float64)
        if len(times) > runs or not (np.isfinite(times).all() and (times > 0).all()):
            raise self.connection.broken(f"bench: {len(times)} times for {runs} runs, or odd ones")
        return times  # type: ignore[return-value]

    def _run(self, arrays: Arrays) -> Arrays:
        with self._running(arrays):
            heads, blobs = sent(arrays)
            answer = self._ask("run", Run(self.number, heads), blobs, _most(self.outputs))
            return _received(self.connection, answer, self.outputs)

    @contextmanager
    def _running(self, arrays: Arrays) -> Iterator[None]:
        """Around a run or many; a subclass says what they do to the session's state."""
        self._forget()
        yield

    def _forget(self) -> None:
        """What was known of earlier runs holds no longer."""
        self._timed = None

    def _close(self) -> None:
        with suppress(EdgeError):  # what closes with the connection is closed
            self.connection.submit("close", OfSession(self.number))


def sent(arrays: Mapping[str, Any]) -> tuple[tuple[ArrayHead, ...], list[bytes | memoryview]]:
    """Arrays as heads and blobs. Raises ``InputMismatch`` for what does not travel."""
    heads, blobs = [], []
    found = {name: np.asarray(array) for name, array in arrays.items()}
    only_so_much(sum(array.nbytes for array in found.values()))  # before anything is copied
    for name, array in found.items():
        try:
            head, blob = array_to_wire(name, array)
        except Untellable as error:
            raise InputMismatch(
                f"The input {name!r} does not go over the link", evidence=str(error)
            ) from None
        heads.append(head)
        blobs.append(blob)
    return tuple(heads), blobs


def _most(specs: Sequence[TensorSpec]) -> int:
    """Bytes that outputs can have; where a shape is not known, as many as one answer may have."""
    if any(s.dtype == _STRING or any(isinstance(a, str) for a in s.shape) for s in specs):
        return MOST_BLOBS
    return min(MOST_BLOBS, sum(prod(map(int, s.shape)) * s.numpy_dtype.itemsize for s in specs))


def _received(connection: Connection, answer: Pending, specs: Sequence[TensorSpec]) -> Arrays:
    heads = read(connection, tuple[ArrayHead, ...], answer, "outputs")
    if len(heads) != len(answer.blobs):
        raise connection.broken(f"run: {len(heads)} outputs, {len(answer.blobs)} blobs")
    told = {head.name: head for head in heads}
    if len(heads) != len(told) or told.keys() != {spec.name for spec in specs}:
        raise _other(f"outputs {', '.join(map(repr, told))}"[:200])
    blobs = dict(zip((head.name for head in heads), answer.blobs, strict=True))
    arrays = {}
    for spec in specs:
        head = told[spec.name]
        dtype = _STRING if spec.dtype == _STRING else spec.numpy_dtype.name
        if head.dtype != dtype or not spec.allows(head.shape):
            raise _other(
                f"{spec.name!r} as {head.dtype[:20]}{list(head.shape)}, "
                f"where {spec.describe()} belongs"
            )
        try:
            arrays[spec.name] = array_from_wire(head, blobs[spec.name])
        except Wrong as error:
            raise connection.broken(f"run: {error}") from None
    return arrays


def _other(evidence: str) -> VerificationMismatch:
    return VerificationMismatch(
        "The board's answer is not of the form that the model's outputs have",
        evidence=f"it gave {evidence}",
        next_step="Deploy the model again; if it repeats, please report it",
        code=80,
    )
