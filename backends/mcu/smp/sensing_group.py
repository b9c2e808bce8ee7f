"""The host's side of the streams in group 64. Specification: docs/smp-extensions.md."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from edgesdk.native import ffi
from edgesdk.sensing.counters import Counters, counters_of
from edgesdk.sensing.description import Description
from edgesdk.sensing.samples import Tally

from .answers import piece
from .client import SmpClient, integer, malformed
from .model_group import GROUP, READ, WRITE

START, STREAM, RESULTS, FINISH, STATE = 14, 15, 16, 17, 18
_SAMPLES = 2048  # that the device takes at once
_BESIDE = 64  # bytes of a request beside the samples
_MOST = 4096  # bytes of records in an answer


@dataclass(frozen=True)
class State:
    """``work``: what the device counted while it looked at windows."""

    counters: Counters
    work: int


class SensingGroup:
    """The commands for streams, through one client."""

    def __init__(self, client: SmpClient) -> None:
        self._client = client
        self.turn = client.turn
        self.has_news = False

    @property
    def samples(self) -> int:
        """int16 samples that one request can carry."""
        return min(_SAMPLES, (self._client.payload - _BESIDE) // 2)

    def start(self, first_tick: int, facts: bytes) -> None:
        """Begin anew; ``facts`` is an int32 for each."""
        body = {"at": struct.pack("<Q", first_tick), "facts": facts}
        self._client.request(WRITE, GROUP, START, body, seconds=10)

    def stream(self, number: int, tick: int, data: bytes, wait: bool, seconds: float) -> int:
        """Send frames of a stream, or none to ask: how many more there is room for.

        ``has_news`` says whether something came of it.
        """
        body = {"stream": number, "at": struct.pack("<Q", tick), "data": data, "wait": wait}
        answer = self._client.request(WRITE, GROUP, STREAM, body, seconds=seconds if wait else None)
        self.has_news = integer(answer, "events") + integer(answer, "decisions") > 0
        return integer(answer, "room")

    def results(self) -> tuple[Sequence[Any], Sequence[Any]]:
        """``struct edge_event`` and ``struct edge_decision``, those that were not fetched yet."""
        answer = self._client.request(WRITE, GROUP, RESULTS, {})
        return (
            _records(answer, "events", "struct edge_event"),
            _records(answer, "decisions", "struct edge_decision"),
        )

    def finish(self, seconds: float) -> None:
        """The signal has ended."""
        self._client.request(WRITE, GROUP, FINISH, {}, seconds=seconds)

    def state(self, description: Description, tallies: Sequence[Tally]) -> State:
        """All counters; ``tallies`` are the host's own, of samples before they were sent."""
        answer = self._client.request(READ, GROUP, STATE, {})
        states = _exactly(answer, "state", "struct edge_sensing_state", 1)
        whole = states[0]  # a view into them
        streams = _exactly(answer, "streams", "struct edge_stream_state", len(description.streams))
        stages = _exactly(answer, "stages", "struct edge_stage_state", len(description.stages))
        work = _exactly(answer, "work", "uint64_t", 1)
        if whole.stage >= len(description.stages):
            raise malformed(f"stage {whole.stage}")
        counters = counters_of(description, whole, stages, streams, tallies)
        return State(counters, int(work[0]))


def _exactly(answer: dict[str, Any], key: str, kind: str, count: int) -> Sequence[Any]:
    found = _records(answer, key, kind)
    if len(found) != count:
        raise malformed(f"{key} has {len(found)} records, not {count}")
    return found


def _records(answer: dict[str, Any], key: str, kind: str) -> Sequence[Any]:
    """The records of a field: little-endian on the device, as here. Each is a view into them."""
    data = piece({"data": answer.get(key)}, _MOST, least=0)
    size = ffi.sizeof(kind)
    if len(data) % size:
        raise malformed(f"{key} has {len(data)} bytes, of records of {size}")
    array = ffi.new(f"{kind}[]", len(data) // size)
    ffi.memmove(array, data, len(data))
    return array  # type: ignore[no-any-return]
