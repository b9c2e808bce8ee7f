"""How long each resource works during a token, and why it does not: shares that add up to 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from edgesdk.predict import Occupancy

from .slot import CHANNELS, DRAM, LINK, NPU
from .stage import StageTime
from .token import TokenSchedule

CORES = "cores"
PADDING = "padding of tiles"
ARRAY = "the array still reads"
OTHERS = "the NPU is not done"
EMPTY = "no page to pass"
BESIDE = "no page passes beside a slot"
BLOCKED = "another resource is slower"
LOADING = "inputs are loaded"
ATTENTION = "attention"
EXPERTS = "experts in DRAM"
AHEAD = "experts are read ahead"


def occupancy(schedule: TokenSchedule) -> tuple[Occupancy, ...]:
    """Of the channels, the cores, the NPU, the DRAM and the link, each as a mean of its kind."""
    found = [
        _of(schedule, CHANNELS, channel_seconds),
        _of(schedule, NPU, npu_seconds),
        _of(schedule, DRAM, dram_seconds),
    ]
    if schedule.design.compute:
        found.insert(1, _of(schedule, CORES, core_seconds))
    if schedule.design.link_gb_s > 0:
        found.append(_of(schedule, LINK, link_seconds))
    return tuple(found)


Seconds = Mapping[str, float]  # by reason; "" is work
_Counting = Callable[[TokenSchedule, StageTime], Seconds]


def _of(schedule: TokenSchedule, resource: str, of: _Counting) -> Occupancy:
    total: dict[str, float] = {}
    for stage in schedule.stages:
        for reason, seconds in of(schedule, stage.time).items():
            total[reason] = total.get(reason, 0.0) + seconds * stage.count
    whole = schedule.seconds
    idle = {reason: s / whole for reason, s in total.items() if reason and s > whole * 1e-9}
    return Occupancy(resource, total.get("", 0.0) / whole, idle)


def ahead_seconds(schedule: TokenSchedule, time: StageTime) -> float:
    """Of a channel during attention: experts that are copied to DRAM."""
    if not time.ahead_weights:
        return 0.0
    pages = time.ahead_weights / time.pace.tile.weights / schedule.design.channels
    return min(pages * time.pace.page_seconds, time.attention_seconds)


def _waits(schedule: TokenSchedule, time: StageTime) -> str:
    """Why the NPU or the DRAM waits in attention, where it is not for the other of them."""
    return AHEAD if time.attention_seconds > schedule.attention.longest * (1 + 1e-9) else ""


def channel_seconds(schedule: TokenSchedule, time: StageTime) -> Seconds:
    """Commands, results, inputs and pages of one channel."""
    design, pace = schedule.design, time.pace
    pages = time.npu_weights / pace.tile.weights / design.channels * pace.page_seconds
    work = min(time.slots * pace.bus_seconds + pages, time.body_seconds)
    ahead = ahead_seconds(schedule, time)
    waiting = BLOCKED if time.stream_seconds >= time.flash_seconds else EMPTY
    if not design.slicing and time.slots and time.npu_weights:
        waiting = BESIDE
    return {
        "": work + time.load_seconds + ahead,
        waiting: time.body_seconds - work,
        ATTENTION: time.attention_seconds - ahead,
    }


def core_seconds(schedule: TokenSchedule, time: StageTime) -> Seconds:
    """A core's multiplications; a page that is partly padding is multiplied in part."""
    slots = time.slots * schedule.design.cores
    filled = time.filled_pages / slots if slots else 0.0
    works = time.slots * time.pace.core_seconds
    return {
        "": works * filled,
        PADDING: works * (1 - filled),
        ARRAY: time.flash_seconds - works,
        OTHERS: time.body_seconds - time.flash_seconds,
        LOADING: time.load_seconds,
        ATTENTION: time.attention_seconds,
    }


def npu_seconds(schedule: TokenSchedule, time: StageTime) -> Seconds:
    """Products of pages that reached it, of experts in DRAM, and of attention."""
    design, pace = schedule.design, time.pace
    rate = design.npu_rows * design.npu_columns * design.npu_macs * design.npu_mhz * 1e6
    work = (time.npu_weights + time.dram_weights) * pace.tokens * pace.activation_bytes / rate
    work = min(work, time.body_seconds)
    attention = schedule.attention.seconds[NPU] if time.attention_seconds else 0.0
    return {
        "": work + attention,
        EMPTY: time.body_seconds - work,
        LOADING: time.load_seconds,
        _waits(schedule, time) or "the cache is read": time.attention_seconds - attention,
    }


def dram_seconds(schedule: TokenSchedule, time: StageTime) -> Seconds:
    """The cache, and weights where they lie in it or pass through it."""
    design = schedule.design
    rate = design.dram_gb_s * 1e9
    size = time.pace.weight_bits / 8
    moved = time.dram_weights * size + time.passed_bytes * design.dram_passes
    work = min(moved / rate, time.body_seconds)
    attention = 0.0
    if time.attention_seconds:
        ahead = time.ahead_weights * size / rate
        attention = min(schedule.attention.seconds[DRAM] + ahead, time.attention_seconds)
    return {
        "": work + attention,
        "weights come from flash": time.body_seconds - work,
        LOADING: time.load_seconds,
        _waits(schedule, time) or "the NPU is slower": time.attention_seconds - attention,
    }


def link_seconds(schedule: TokenSchedule, time: StageTime) -> Seconds:
    """What passes the channels passes the link."""
    moved = time.passed_bytes + time.moved_bytes
    work = min(moved / (schedule.design.link_gb_s * 1e9), time.body_seconds)
    return {
        "": work,
        "the flash is slower": time.body_seconds - work,
        LOADING: time.load_seconds,
        ATTENTION: time.attention_seconds,
    }
