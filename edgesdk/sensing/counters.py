"""What the engine counts, as one object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..native import ffi, lib
from .description import Description
from .samples import Tally


@dataclass(frozen=True)
class StageCounters:
    """Windows that a stage has looked at, and how many were hits."""

    windows: int
    hits: int


@dataclass(frozen=True)
class StreamCounters:
    """A stream. ``missing`` frames lie in gaps, ``lost`` ones had no room, ``duplicates`` were
    there before; ``refused`` calls had an impossible position. ``peak``: the largest of about the
    last second, where 32768 is full scale. ``clipped``, ``nan``: samples, of floats;
    ``unused``: frames that waited for another stream when the signal ended."""

    frames: int
    duplicates: int
    missing: int
    lost: int
    gaps: int
    overruns: int
    refused: int
    peak: int
    is_constant: bool
    clipped: int
    nan: int
    unused: int


@dataclass(frozen=True)
class Counters:
    """The whole engine. ``tick``: where the window starts that ``stage`` waits for; ``lag``: ticks
    of its stream that are there behind that window, ``lag_most`` when one was decided."""

    tick: int
    stage: str
    lag: int
    lag_most: int
    restarts: int
    events_lost: int
    decisions_lost: int
    stages: dict[str, StageCounters]
    streams: dict[str, StreamCounters]

    def as_dict(self) -> dict[str, Any]:
        """The same as plain objects."""
        return asdict(self)


def read_counters(sensing: Any, description: Description, tallies: Sequence[Tally]) -> Counters:
    """Ask the engine."""
    state = ffi.new("struct edge_sensing_state *")
    lib.edge_sensing_state(sensing, state)
    stages = ffi.new("struct edge_stage_state[]", len(description.stages))
    for index in range(len(stages)):
        lib.edge_sensing_stage(sensing, index, stages + index)
    streams = ffi.new("struct edge_stream_state[]", len(description.streams))
    for index in range(len(streams)):
        lib.edge_sensing_stream(sensing, index, streams + index)
    return counters_of(description, state, stages, streams, tallies)


def counters_of(
    description: Description, state: Any, stages: Any, streams: Any, tallies: Sequence[Tally]
) -> Counters:
    """The engine's structs as one object: its own, or those that a device has sent."""
    return Counters(
        tick=state.tick,
        stage=description.stages[state.stage].name,
        lag=state.lag,
        lag_most=state.lag_most,
        restarts=state.restarts,
        events_lost=state.events_lost,
        decisions_lost=state.decisions_lost,
        stages={
            stage.name: StageCounters(found.windows, found.hits)
            for stage, found in zip(description.stages, stages, strict=True)
        },
        streams={
            stream.name: _stream(found, tally)
            for stream, found, tally in zip(description.streams, streams, tallies, strict=True)
        },
    )


def _stream(found: Any, tally: Tally) -> StreamCounters:
    return StreamCounters(
        frames=found.frames,
        duplicates=found.duplicates,
        missing=found.missing,
        lost=found.lost,
        gaps=found.gaps,
        overruns=found.overruns,
        refused=found.refused,
        peak=found.peak,
        is_constant=bool(found.is_constant),
        clipped=tally.clipped,
        nan=tally.nan,
        unused=tally.unused,
    )
