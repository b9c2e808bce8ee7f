"""What a board does when a host at a distance has it time a model."""

from __future__ import annotations

from ..backend import Arrays, Session
from .figures import Figure, Instrumented, told
from .opening import Opening
from .rates import Rates
from .rounds import Enough, Tell, Times, rounds, warm_up


def measure_here(
    session: Session,
    opening: Opening,
    inputs: Arrays,
    *,
    warmup: int,
    runs: int,
    seconds: float,
    on_run: Tell,
) -> tuple[Times, dict[str, Figure]]:
    """The seconds of each run, and all else that is known here; ``opening`` opened the session.

    It measures as ``bench`` does on its own machine. ``on_run`` is told (0, runs) while it warms
    up, then (done, runs), and may raise ``Enough`` to have the runs so far.
    """
    try:
        warm_up(session, inputs, warmup, lambda: on_run(0, runs))
    except Enough:
        runs = 0
    figures, rates = opening.figures(), Rates(session)

    def tell(done: int, of: int) -> None:
        rates.collect()
        on_run(done, of)

    times = rounds([lambda: session.run(inputs)], runs, seconds, tell)[:, 0]
    return times, {**figures, **rates.over_all(told_by(session, opening.emulated))}


def told_by(session: Session, emulated: bool) -> dict[str, Figure]:
    """What the session itself tells of its last run."""
    return told(session.figures(), emulated) if isinstance(session, Instrumented) else {}
