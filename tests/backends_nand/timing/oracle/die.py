"""A die of the event machine: the plane that feeds the core, and those that read ordinary pages.

Each plane has a data register and a cache register. The array reads into the first while the core,
or the channel, empties the second.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from tests.backends_nand.timing.oracle.events import Bus, Clock


@dataclass(frozen=True)
class Page:
    """One page: ``turn``, the slot in which it is computed, ``round`` over the inputs, and where
    its weights lie in the matrix."""

    matrix: int
    row: int
    column: int
    turn: int
    round: int
    weights: int  # of the matrix in it; the rest is padding


@dataclass(frozen=True)
class Times:
    """Seconds of each step."""

    read: float  # of the array
    core: float  # on one page
    command: float
    result: float  # status, change column, bytes
    load: float  # of the inputs of a round
    result_link: float  # of a page's results over the link
    load_link: float  # of a channel's inputs over the link
    link_byte: float
    slices: int
    cycle_status: float
    byte: float
    weight_bytes: float  # of one weight


Allowed = Callable[[Page], bool]


@dataclass
class ComputePlane:
    """Pages in the order of their slots; the next command is sent while the array still reads.

    ``allowed``: whether the array may begin with a page, for its inputs are there and the channel
    lets it. ``on_read`` and ``on_result``: told of each page at these moments.
    """

    clock: Clock
    bus: Bus
    times: Times
    pages: deque[Page]
    allowed: Allowed
    on_read: Callable[[Page], None]
    on_result: Callable[[Page], None]
    _commanded: deque[Page] = field(default_factory=deque)
    _reading: bool = False
    _asked: bool = False  # a command is on its way
    _data: Page | None = None  # in the data register
    _computing: bool = False
    _computed: Page | None = None  # waits until the last results have left
    _sending: bool = False

    def step(self) -> None:
        """Begin whatever can begin."""
        if self.pages and not self._asked and not self._commanded:
            self._asked = True
            self.bus.ask(self.times.command, self._command, urgent=True)
        if self._data is not None and not self._computing and self._computed is None:
            page, self._data, self._computing = self._data, None, True
            self.clock.after(self.times.core, partial(self._core, page))
        free = not self._reading and self._data is None
        if self._commanded and free and self.allowed(self._commanded[0]):
            self._reading, page = True, self._commanded.popleft()
            self.clock.after(self.times.read, partial(self._read, page))
            self.step()
        if self._computed is not None and not self._sending:
            page, self._computed, self._sending = self._computed, None, True
            self.bus.ask(self.times.result, partial(self._sent, page), urgent=True)
            self.step()

    def _command(self) -> None:
        self._asked = False
        self._commanded.append(self.pages.popleft())
        self.step()

    def _read(self, page: Page) -> None:
        self._reading, self._data = False, page
        self.step()
        self.on_read(page)

    def _core(self, page: Page) -> None:
        self._computing, self._computed = False, page
        self.step()

    def _sent(self, page: Page) -> None:
        self._sending = False
        self.on_result(page)
        self.step()


@dataclass
class ReadPlane:
    """Ordinary pages of a die, from a list that its planes share."""

    clock: Clock
    bus: Bus
    times: Times
    pages: deque[Page]
    on_arrival: Callable[[Page], None]
    _commanded: deque[Page] = field(default_factory=deque)
    _asked: bool = False
    _reading: bool = False
    _data: Page | None = None
    _sending: bool = False

    def step(self) -> None:
        """Begin whatever can begin."""
        if self._data is not None and not self._sending:
            page, self._data, self._sending = self._data, None, True
            self._send(page, 0)
        if self.pages and not self._asked and not self._commanded:
            self._asked, wanted = True, self.pages.popleft()
            self.bus.ask(self.times.command, partial(self._command, wanted))
        if self._commanded and not self._reading and self._data is None:
            self._reading, page = True, self._commanded.popleft()
            self.clock.after(self.times.read, partial(self._read, page))
            self.step()

    def _command(self, page: Page) -> None:
        self._asked = False
        self._commanded.append(page)
        self.step()

    def _read(self, page: Page) -> None:
        self._reading, self._data = False, page
        self.step()

    def _send(self, page: Page, part: int) -> None:
        """One slice after the other, each in a gap of its own."""
        parts = max(self.times.slices, 1)
        seconds = page.weights * self.times.weight_bytes * self.times.byte / parts
        seconds += self.times.command if self.times.slices else 0.0
        seconds += 0.0 if part else self.times.cycle_status
        last = part + 1 == parts
        done = partial(self._sent, page) if last else partial(self._send, page, part + 1)
        self.bus.ask(seconds, done)

    def _sent(self, page: Page) -> None:
        self._sending = False
        self.on_arrival(page)
        self.step()
