"""The event machine: all channels and dies of a design, on the pages of one stage."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.mapping.placement import Placement
from edgesdk_backends.nand.mapping.tile import Tile
from edgesdk_backends.nand.timing.request import COMMAND_CYCLES, STATUS_CYCLES
from edgesdk_backends.nand.timing.slot import Pace
from tests.backends_nand.timing.oracle.die import ComputePlane, Page, ReadPlane, Times
from tests.backends_nand.timing.oracle.events import Bus, Clock


@dataclass(frozen=True)
class Run:
    """What happened. ``seconds``: until all was done; ``computed_seconds``: until the last result
    of a read-compute had arrived. ``computed`` and ``passed``: pages, in the order of their ends.
    """

    seconds: float
    computed_seconds: float
    computed: tuple[Page, ...]
    passed: tuple[Page, ...]
    urgent_seconds: tuple[float, ...]  # of each channel: read-computes
    other_seconds: tuple[float, ...]  # of each channel: ordinary pages


def simulate(design: Design, pace: Pace, matrices: Sequence[tuple[int, int, Placement]]) -> Run:
    """One stage of matrices [rows, inputs] that lie as their placements say."""
    machine = _Machine(design, pace)
    machine.start(list(_pages(matrices, pace.tile)))
    seconds = machine.clock.run()
    return Run(
        seconds,
        machine.computed_seconds,
        tuple(machine.computed),
        tuple(machine.passed),
        tuple(channel.bus.urgent_seconds for channel in machine.channels),
        tuple(channel.bus.other_seconds for channel in machine.channels),
    )


Placed = tuple[Page, int, int, bool]  # a page, its channel, its core, whether the NPU's


def _pages(matrices: Sequence[tuple[int, int, Placement]], tile: Tile) -> Iterator[Placed]:
    """Round after round, so that inputs are loaded once; within one, matrix after matrix."""
    found: list[tuple[int, int, int, Placed]] = []
    for matrix, (rows, inputs, at) in enumerate(matrices):
        for i in range(len(at)):
            row, column, slot = int(at.row[i]), int(at.column[i]), int(at.slot[i])
            held = min(tile.rows, rows - row) * min(tile.inputs, inputs - column)
            over = column // tile.width
            page = Page(matrix, row, column, slot, over, held)
            placed = page, int(at.channel[i]), int(at.core[i]), bool(at.by_npu[i])
            found.append((over, matrix, slot, placed))
    yield from (entry[-1] for entry in sorted(found, key=lambda entry: entry[:3]))


@dataclass
class _Channel:
    """Its bus; the turns (slots) that its dies still have to read, and the rounds loaded."""

    bus: Bus
    left: Counter[tuple[int, int, int]] = field(default_factory=Counter)
    turns: deque[tuple[int, int, int]] = field(default_factory=deque)
    loaded: int = -1
    loading: bool = False
    granted: bool = False
    dies: list[ComputePlane] = field(default_factory=list)


class _Machine:
    def __init__(self, design: Design, pace: Pace) -> None:
        self.design, self.pace, self.clock = design, pace, Clock()
        self.channels = [_Channel(Bus(self.clock)) for _ in range(design.channels)]
        self.link, self.npu = Bus(self.clock), Bus(self.clock)
        self.computed: list[Page] = []
        self.passed: list[Page] = []
        self.computed_seconds = 0.0
        self.times = _times(design, pace)

    def start(self, pages: Sequence[Placed]) -> None:
        """Give every die its pages, and let all of them begin."""
        for number, channel in enumerate(self.channels):
            mine = [entry for entry in pages if entry[1] == number]
            for page, _, _, npu in mine:
                if not npu:
                    channel.left[_turn(page)] += 1
            channel.turns.extend(channel.left)
            planes = [
                plane
                for core in range(self.design.cores_per_channel)
                for plane in self._die(channel, [entry for entry in mine if entry[2] == core])
            ]
            self._turn_begins(channel)
            for plane in planes:
                plane.step()

    def _die(
        self, channel: _Channel, pages: Sequence[Placed]
    ) -> Iterator[ComputePlane | ReadPlane]:
        mine = deque(page for page, _, _, npu in pages if not npu)
        plane = ComputePlane(
            self.clock,
            channel.bus,
            self.times,
            mine,
            lambda page: self._allowed(channel, page),
            lambda page: self._has_read(channel, page),
            self._has_result,
        )
        channel.dies.append(plane)
        yield plane
        others = deque(page for page, _, _, npu in pages if npu)
        for _ in range(self.design.planes - bool(self.design.compute)):
            yield ReadPlane(self.clock, channel.bus, self.times, others, self._arrived)

    def _allowed(self, channel: _Channel, page: Page) -> bool:
        """Its inputs are there; and without slices, it is the turn of its slot."""
        ready = page.round <= channel.loaded and not channel.loading
        if self.design.slicing:
            return ready
        return ready and channel.granted and _turn(page) == channel.turns[0]

    def _turn_begins(self, channel: _Channel) -> None:
        """Load what the next slot needs. Without slices, ordinary pages wait until it has read."""
        if not channel.turns:
            channel.bus.bar(False)
            return
        if channel.turns[0][0] > channel.loaded and not channel.loading:
            channel.loading = True
            self.link.ask(self.times.load_link, lambda: self._load(channel), urgent=True)
        elif not self.design.slicing:
            self._grant(channel)

    def _load(self, channel: _Channel) -> None:
        """Inputs have crossed the link."""
        channel.bus.ask(self.times.load, lambda: self._has_loaded(channel), urgent=True)

    def _has_loaded(self, channel: _Channel) -> None:
        channel.loaded, channel.loading = channel.turns[0][0], False
        if not self.design.slicing:
            self._grant(channel)
        self._wake(channel)

    def _grant(self, channel: _Channel) -> None:
        """The slot may read, once the ordinary pages that are ready have passed."""
        if channel.bus.waiting:
            channel.bus.ask(0.0, lambda: self._grant(channel))
            return
        channel.granted = True
        channel.bus.bar(True)
        self._wake(channel)

    def _has_read(self, channel: _Channel, page: Page) -> None:
        turn = _turn(page)
        channel.left[turn] -= 1
        if channel.left[turn]:
            return
        channel.turns.remove(turn)
        channel.granted = False
        channel.bus.bar(False)
        self._turn_begins(channel)

    def _wake(self, channel: _Channel) -> None:
        for die in channel.dies:
            die.step()

    def _has_result(self, page: Page) -> None:
        """It has left its channel, and crosses the link before any page."""
        self.link.ask(self.times.result_link, lambda: self._computed(page), urgent=True)

    def _computed(self, page: Page) -> None:
        self.computed.append(page)
        self.computed_seconds = self.clock.now

    def _arrived(self, page: Page) -> None:
        """Over the link to the NPU, which multiplies it."""
        size = page.weights * self.times.weight_bytes
        self.link.ask(size * self.times.link_byte, lambda: self._multiply(page))

    def _multiply(self, page: Page) -> None:
        seconds = page.weights * self.pace.activation_bytes / (self.design.npu_gmacs * 1e9)
        self.npu.ask(seconds, lambda: self.passed.append(page))


def _turn(page: Page) -> tuple[int, int, int]:
    return page.round, page.matrix, page.turn


def _times(design: Design, pace: Pace) -> Times:
    cycle, byte = design.cycle_ns * 1e-9, 1 / (design.channel_gb_s * 1e9)
    linked = 1 / (design.link_gb_s * 1e9) if design.link_gb_s else 0.0
    size, inputs = pace.weight_bits / 8, pace.tile.inputs * pace.activation_bytes
    results = pace.tile.rows * design.result_bytes
    status, command = STATUS_CYCLES * cycle, COMMAND_CYCLES * cycle
    return Times(
        read=design.read_us * 1e-6,
        core=pace.tile.weights * size / (design.core_gmacs * 1e9) if design.compute else 0.0,
        command=command,
        result=status + command + results * byte,
        load=inputs * byte + command,
        result_link=results * linked,
        load_link=inputs * linked,
        link_byte=linked,
        slices=design.slices if design.slicing else 0,
        cycle_status=status,
        byte=byte,
        weight_bytes=size,
    )
