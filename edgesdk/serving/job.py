"""One request at work: what is to be written, what has come of it, and whether to go on."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

from .mailbox import Closed, Mailbox
from .problems import ApiError
from .requests import Wanted


class Cancelled(Exception):
    """Nobody wants the answer any more."""


@dataclass(frozen=True)
class Told:
    """A token and its probability: its text's bytes, its natural logarithm, likeliest others.

    ``offset``: characters of the text before it.
    """

    content: bytes
    logprob: float
    others: tuple[tuple[bytes, float], ...] = ()
    offset: int = 0


@dataclass(frozen=True)
class Text:
    """The next text of one of the choices; empty where a character is still under way.

    ``tokens``: how many it took.
    """

    choice: int
    text: str
    tokens: int
    told: tuple[Told, ...] = ()


@dataclass(frozen=True)
class Finished:
    """One of the choices is complete: ``stop``, or ``length`` (tokens, context or time)."""

    choice: int
    reason: str


@dataclass(frozen=True)
class Ended:
    """The last of a job's events."""

    error: ApiError | None = None


Event = Text | Finished | Ended


@dataclass
class Usage:
    """Tokens so far: read, found in the cache among those, and written."""

    prompt: int = 0
    cached: int = 0
    written: int = 0


@dataclass(eq=False)
class Job:
    """What the device is to do for one request; ``prompts`` are each continued ``choices`` times.

    Made by the network's thread, worked on by the device's. ``cancel`` may come from either.
    """

    prompts: tuple[tuple[int, ...], ...]
    wanted: Wanted
    mailbox: Mailbox[Event]
    deadline: float  # time.monotonic()
    usage: Usage = field(default_factory=Usage)
    begun: float = field(default_factory=time.monotonic)
    first: float | None = None  # when its first token came
    fault: str = ""  # where this program failed, if it did
    writing: bool = False  # whether the text at work has its first token
    answered: bool = False  # to the end
    _cancelled: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        """Raise ``Cancelled`` when nobody wants it any more."""
        if self._cancelled.is_set():
            raise Cancelled

    @property
    def late(self) -> bool:
        """Whether its time is over."""
        return time.monotonic() >= self.deadline

    def cancel(self) -> None:
        """The reader is gone."""
        self.leave()
        self.mailbox.close()

    def leave(self) -> None:
        """Stop the work; what was told already still reaches the reader."""
        self._cancelled.set()

    def tell(self, event: Event) -> None:
        """Pass something on. Raises ``Cancelled``."""
        try:
            self.mailbox.put(event)
        except Closed:
            raise Cancelled from None

    def end(self, error: ApiError | None = None) -> None:
        """Pass the last event on, if there is still somebody; of several ends the first counts."""
        with suppress(Closed):
            self.mailbox.last(Ended(error))
