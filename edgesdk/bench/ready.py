"""A contender that is opened, warmed up, and fed what the first one is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from ..backend import Session
from .contender import Contender, Samples
from .figures import Figure, TimesItself
from .opening import Opening
from .rates import Rates
from .rounds import warm_up
from .same_inputs import SAME, NotTheSame, same_inputs


@dataclass(frozen=True)
class Ready:
    """A contender that is ready to run, and what its opening cost.

    ``inputs`` says how they were made the same as the first's; ``comparable``: whether they are.
    """

    contender: Contender
    session: Session
    samples: Samples
    fixed: dict[str, Figure]
    rates: Rates
    inputs: str = SAME
    comparable: bool = True

    @property
    def elsewhere(self) -> bool:
        """Whether its own machine takes its times."""
        return isinstance(self.session, TimesItself)

    def run(self) -> object:
        """Once, on the first inputs."""
        return self.session.run(self.samples.sets[0])


def make_ready(
    contender: Contender,
    first: Sequence[Ready],
    stack: ExitStack,
    warmup: int,
    tell: Callable[[], None],
) -> Ready:
    """Open and warm up one contender; ``first`` is the one that was opened first, if any."""
    alone = contender.fresh and not first
    opening = Opening(local=contender.local, alone=alone, emulated=contender.emulated)
    session = stack.enter_context(opening.open(contender.open))
    samples, how, comparable = _samples(contender, session, first)
    if not isinstance(session, TimesItself):
        warm_up(session, samples.sets[0], warmup, tell)
    fixed = {**opening.figures(), **contender.known}
    return Ready(contender, session, samples, fixed, Rates(session), how, comparable)


def _samples(
    contender: Contender, session: Session, first: Sequence[Ready]
) -> tuple[Samples, str, bool]:
    """What it is fed: the first's inputs where it can be; in words how; whether that is so."""
    if not first:
        return contender.samples(session), SAME, True
    given = first[0].samples
    try:
        sets, how = same_inputs(given.sets, first[0].session.inputs, session.inputs)
    except NotTheSame as why:
        return contender.samples(session), f"its inputs are others: {why}", False
    return Samples(sets, given.source), how, True
