"""The calls of every session: run, bench, figures, close."""

from __future__ import annotations

from functools import partial

from ...backend import Arrays
from ...bench import Enough, Instrumented, measure_here
from ..board import Board
from ..call import Answer, Call, arrays, seldom, senseless
from ..wire.arguments import Bench, Named, OfSession, Run
from ..wire.arrays import array_to_wire
from ..wire.messages import MOST_RUNS
from ..wire.plain import Wrong, to_plain
from .opening import opened


def open(board: Board, call: Call, given: Named) -> Answer:
    """Open the active model of a name."""
    return opened(board, partial(board.device.open, given.name))


def close(board: Board, call: Call, given: OfSession) -> Answer:
    """Close a session; twice is fine."""
    board.let_go(given.session)
    return Answer()


def run(board: Board, call: Call, given: Run) -> Answer:
    """Run once."""
    held = board.used(given.session)
    return _outputs(held.session.run(arrays(given.inputs, call.blobs)))


def figures(board: Board, call: Call, given: OfSession) -> Answer:
    """What the session knows of its last run."""
    session = board.held(given.session).session
    if not isinstance(session, Instrumented):
        raise senseless(f"the session {given.session} has no figures")
    return Answer({"figures": to_plain(session.figures())})


def bench(board: Board, call: Call, given: Bench) -> Answer:
    """Time a model here, where the link is no part of it."""
    if not 0 < given.runs <= MOST_RUNS or given.warmup < 0 or not given.seconds > 0:
        raise Wrong(f"{given.runs} runs, {given.warmup} to warm up, {given.seconds} s")
    held = board.used(given.session)
    inputs = arrays(given.inputs, call.blobs)
    tell = seldom(call, given.runs)

    def on_run(done: int, total: int) -> None:
        tell(done)
        if call.is_cancelled():
            raise Enough

    times, found = measure_here(
        held.session,
        held.opening,
        inputs,
        warmup=given.warmup,
        runs=given.runs,
        seconds=given.seconds,
        on_run=on_run,
    )
    return Answer({"figures": to_plain(found)}, [times.astype("<f8").tobytes()])


def _outputs(found: Arrays) -> Answer:
    wired = [array_to_wire(name, array) for name, array in found.items()]
    return Answer({"outputs": to_plain([head for head, _ in wired])}, [blob for _, blob in wired])
