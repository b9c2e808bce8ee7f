"""What is measured: how to open it, and what to feed it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..backend import Arrays, Session
from .figures import Figure


@dataclass(frozen=True)
class Samples:
    """Sets of inputs: the first is timed, and the answers to all of them are compared.

    ``source`` says in words where they are from.
    """

    sets: tuple[Arrays, ...]
    source: str = ""


@dataclass(frozen=True)
class Contender:
    """One thing to measure: how to open it, and what to feed it.

    ``inputs`` gets the opened session and returns the arrays of one run, or several sets of them;
    ``inputs_from`` says in words where they are from. Contenders after the first are fed the
    first's, as far as their inputs are the same ones. ``local`` says that the model runs in this
    process, so that this process's memory is the model's; ``emulated``, that its device is
    software, so that its times are no board's. ``known`` are figures from elsewhere: what the
    bundle says that it needs. ``made_from`` says of what the model was made, as text. ``fresh``:
    nothing was done in this process before, such as compiling, that loads what the model needs.
    """

    model: str
    version: str
    device: str
    target: str
    open: Callable[[], Session]
    inputs: Callable[[Session], Arrays | Samples]
    inputs_from: str = ""
    local: bool = True
    emulated: bool = False
    known: Mapping[str, Figure] = field(default_factory=dict)
    made_from: Mapping[str, str] = field(default_factory=dict)
    fresh: bool = True

    def samples(self, session: Session) -> Samples:
        """``inputs`` as sets."""
        found = self.inputs(session)
        return found if isinstance(found, Samples) else Samples((found,), self.inputs_from)
