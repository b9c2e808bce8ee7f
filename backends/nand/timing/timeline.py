"""Writing the events of a trace: tracks for channels, cores, NPU and DRAM, one clock for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .occupancy import AHEAD, ATTENTION, BESIDE, EMPTY, EXPERTS, LOADING, OTHERS, ahead_seconds
from .slot import DRAM, NPU
from .stage import StageTime
from .token import Counted, TokenSchedule

Track = tuple[int, int]  # process and thread, as a trace calls them
CORES: Track = (1, 0)  # channels follow
NPU_TRACK: Track = (2, 0)
DRAM_TRACK: Track = (2, 1)
READ_COMPUTE, PAGES, BY_TURNS = "read-compute", "pages to the NPU", "slots and pages by turns"
_LEAST = 1e-9  # seconds: shorter events are of rounding


class Timeline:
    """Events in the order of time. ``detailed``: slots shown one by one in a stage."""

    def __init__(self, schedule: TokenSchedule, name: str, detailed: int) -> None:
        self.schedule, self.detailed = schedule, detailed
        self.channels: list[Track] = [(1, 1 + n) for n in range(schedule.design.channels)]
        self.events: list[dict[str, Any]] = []
        self.now = 0.0  # seconds
        self._name("process_name", CORES, f"{name}: flash")
        self._name("process_name", NPU_TRACK, f"{name}: NPU")
        self._name("thread_name", CORES, "cores and arrays")
        for number, track in enumerate(self.channels):
            self._name("thread_name", track, f"channel {number}")
        self._name("thread_name", NPU_TRACK, "NPU")
        self._name("thread_name", DRAM_TRACK, "DRAM")

    def _name(self, kind: str, track: Track, name: str) -> None:
        process, thread = track
        self.events.append(
            {"ph": "M", "name": kind, "pid": process, "tid": thread, "args": {"name": name}}
        )

    def stage(self, stage: Counted, slots: bool) -> None:
        """A stage: attention, inputs, weights. ``slots``: one by one, as far as there is room."""
        time, start = stage.time, 0.0
        self._attention(time)
        self._loading(time.load_seconds)
        period = self._period(time)
        if slots:
            shown = min(int(time.slots), self.detailed)
            for slot in range(shown):
                self._slot(time, slot, period)
            start = min(shown * period, time.body_seconds)
        self._weights(time, start)
        self._memory(time)
        self.now += time.body_seconds

    def rest(self, stages: Sequence[Counted], count: int) -> None:
        """So many layers as one event on every track."""
        seconds = count * sum(stage.time.seconds for stage in stages)
        for track in (CORES, *self.channels, NPU_TRACK, DRAM_TRACK):
            self._work(f"{count} layers like those before", track, 0.0, seconds)
        self.now += seconds

    def _period(self, time: StageTime) -> float:
        """Seconds from one slot to the next; without slices, pages pass between them."""
        if self.schedule.design.slicing or time.slots < 1:
            return time.pace.slot_seconds
        return time.body_seconds / time.slots

    def _attention(self, time: StageTime) -> None:
        seconds, ahead = time.attention_seconds, ahead_seconds(self.schedule, time)
        if not seconds:
            return
        self._idle(ATTENTION, CORES, 0.0, seconds)
        for track in self.channels:
            self._until(AHEAD, ATTENTION, track, (0.0, ahead, seconds))
        parts = self.schedule.attention.seconds
        self._until(ATTENTION, "the cache is read", NPU_TRACK, (0.0, parts[NPU], seconds))
        self._until("keys and values", "the NPU is slower", DRAM_TRACK, (0.0, parts[DRAM], seconds))
        self.now += seconds

    def _loading(self, seconds: float) -> None:
        if not seconds:
            return
        for track in self.channels:
            self._work("inputs", track, 0.0, seconds)
        for track in (CORES, NPU_TRACK, DRAM_TRACK):
            self._idle(LOADING, track, 0.0, seconds)
        self.now += seconds

    def _slot(self, time: StageTime, slot: int, period: float) -> None:
        """One slot on the cores, and on every channel: its traffic, then pages in the gap."""
        start, end, pace = slot * period, (slot + 1) * period, time.pace
        busy, computed = start + pace.bus_seconds, start + pace.slot_seconds
        self._until(f"{time.name}: slot {slot}", PAGES, CORES, (start, computed, end))
        begins, until = busy, time.stream_seconds
        if not self.schedule.design.slicing:
            begins, until = computed, end if time.npu_weights else 0.0
        for track in self.channels:
            self._work(READ_COMPUTE, track, start, busy)
            self._idle(BESIDE, track, busy, begins)
            self._until(PAGES, EMPTY, track, (begins, until, end))
        self._until("its share", EMPTY, NPU_TRACK, (start, until, end))

    def _weights(self, time: StageTime, start: float) -> None:
        """The rest of a stage's weights, as one event on each track and one for what is idle."""
        flash, stream, end = time.flash_seconds, time.stream_seconds, time.body_seconds
        both = f"{READ_COMPUTE} and {PAGES}"
        if not self.schedule.design.slicing and time.slots and time.npu_weights:
            flash, stream, both = end, end, BY_TURNS
        self._until(time.name, OTHERS, CORES, (start, flash, end))
        self._until("its share", EMPTY, NPU_TRACK, (start, stream, end))
        for track in self.channels:
            self._work(f"{time.name}: {both}", track, start, min(flash, stream))
            name = READ_COMPUTE if flash > stream else PAGES
            after = max(start, min(flash, stream))
            self._until(f"{time.name}: {name}", EMPTY, track, (after, max(flash, stream), end))

    def _memory(self, time: StageTime) -> None:
        seconds = (0.0, time.dram_seconds, time.body_seconds)
        self._until(EXPERTS, "weights come from flash", DRAM_TRACK, seconds)

    def _until(self, work: str, idle: str, track: Track, times: tuple[float, float, float]) -> None:
        """``times``: start, end of the work, end of the wait after it; from ``now``."""
        start, worked, end = times
        worked = min(max(worked, start), end)
        self._work(work, track, start, worked)
        self._idle(idle, track, worked, end)

    def _work(self, name: str, track: Track, start: float, end: float) -> None:
        self._add(name, "work", track, (start, end))

    def _idle(self, name: str, track: Track, start: float, end: float) -> None:
        self._add(name, "idle", track, (start, end))

    def _add(self, name: str, category: str, track: Track, times: tuple[float, float]) -> None:
        """``times`` in seconds from ``now``; a trace has microseconds, here to the picosecond."""
        start, end = times
        if end - start < _LEAST:
            return
        process, thread = track
        event = {"ph": "X", "name": name, "cat": category, "pid": process, "tid": thread}
        at, to = round((self.now + start) * 1e6, 6), round((self.now + end) * 1e6, 6)
        self.events.append({**event, "ts": at, "dur": round(to - at, 6)})
