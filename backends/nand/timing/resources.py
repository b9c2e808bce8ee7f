"""What channels, cores, NPU, DRAM and link do in each part of a stage, and why they wait."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..design.design import Design
from .attention import SPECIAL
from .slot import CHANNELS, DRAM, LINK, NPU
from .spent import Flow, Moment, Seconds, Spent, part
from .stage import FLASH

CORES = "cores"
# Work
READ_COMPUTE, PAGES, PRODUCTS = "read-compute", "pages to the NPU", "products"
CACHE, HELD, INPUTS, COPIES = "keys and values", "experts in DRAM", "inputs", "experts read ahead"
# Reasons to wait
ATTENTION, LOADING = "attention", "inputs are loaded"
PADDING, ARRAY, BUS = "padding of tiles", "the array still reads", "commands and results"
LINKED, OTHERS, PASSING = "results on the link", "the NPU is not done", "pages pass between slots"
EMPTY, BESIDE = "no page to pass", "no page passes beside a slot"
BLOCKED, KEPT = "another resource is slower", "pages keep the rate that they had beside slots"
AHEAD, READING, MULTIPLYING = "experts are read ahead", "the cache is read", "the NPU is slower"
FROM_FLASH, SLOWER = "weights come from flash", "the flash is slower"

Spending = Callable[[Moment], Spent]


def resources(design: Design) -> Mapping[str, Spending]:
    """Those that a design has; the channels stand for each of them, and the cores too."""
    found: dict[str, Spending] = {CHANNELS: channel}
    if design.compute:
        found[CORES] = core
    found |= {NPU: npu, DRAM: dram}
    if design.link_gb_s > 0:
        found[LINK] = link
    return found


def channel(moment: Moment) -> Spent:
    """Inputs; commands and results of slots; pages, of which those partly empty take fewer bytes
    and as many cycles."""
    design, time = moment.schedule.design, moment.time
    rate, all_channels = design.channel_gb_s * 1e9, design.channels
    pages = (time.passed_bytes / rate + time.npu_pages * time.pace.page_cycles) / all_channels
    copies = moment.ahead_bytes / design.page_bytes * time.pace.page_seconds / all_channels
    slots, after = moment.divided(
        {READ_COMPUTE: time.bus_seconds}, {PAGES: Flow(pages, time.stream_seconds)}
    )
    beside, behind = _channel_waits(moment)
    return Spent(
        part(time.attention_seconds, {COPIES: copies}, why=ATTENTION),
        part(time.load_seconds, {INPUTS: time.load_seconds}, why=LOADING),
        part(moment.slots, slots, why=beside),
        part(moment.after, after, why=behind),
    )


def _channel_waits(moment: Moment) -> tuple[str, str]:
    """Beside the slots, and after them."""
    time = moment.time
    if moment.between:
        return BESIDE, EMPTY
    if time.limit in (FLASH, DRAM):
        return EMPTY, EMPTY
    return BLOCKED, KEPT if time.slots and time.pace.stream_limit == CHANNELS else BLOCKED


def core(moment: Moment) -> Spent:
    """Multiplications; a page that is partly padding is multiplied in part."""
    design, time = moment.schedule.design, moment.time
    works, slots = time.slots * time.pace.core_seconds, time.slots * design.cores
    padding = works * (1 - time.filled_pages / slots) if slots else 0.0
    waits = (PADDING, padding), *_slot_waits(moment, works)
    return Spent(
        part(time.attention_seconds, {}, why=ATTENTION),
        part(time.load_seconds, {}, why=LOADING),
        part(moment.slots, {PRODUCTS: works - padding}, *waits, why=PASSING),
        part(moment.after, {}, why=OTHERS),
    )


def _slot_waits(moment: Moment, works: float) -> tuple[tuple[str, float], ...]:
    """For the array, and for what takes longer than the array and the core."""
    time, pace = moment.time, moment.time.pace
    array = time.slots * pace.reads * moment.schedule.design.read_us * 1e-6
    longer, seconds = max(
        ((BUS, time.bus_seconds), (LINKED, time.link_seconds)), key=lambda p: p[1]
    )
    if seconds <= max(array, works):
        return ((ARRAY, time.flash_seconds - works),)
    array = max(array, works)
    return (ARRAY, array - works), (longer, time.flash_seconds - array)


def npu(moment: Moment) -> Spent:
    """Products of pages that reached it, of experts in DRAM, and of attention."""
    schedule, time = moment.schedule, moment.time
    each = time.pace.tokens * time.pace.activation_bytes / (schedule.design.npu_gmacs * 1e9)
    flows = {
        PRODUCTS: Flow(time.npu_weights * each, time.stream_seconds),
        HELD: Flow(time.dram_weights * each, time.body_seconds),
    }
    slots, after = moment.divided({}, flows)
    attention = {PRODUCTS: schedule.attention.seconds[NPU]} if time.attention_seconds else {}
    return Spent(
        part(time.attention_seconds, attention, why=_attention_wait(moment, READING)),
        part(time.load_seconds, {}, why=LOADING),
        part(moment.slots, slots, why=EMPTY),
        part(moment.after, after, why=EMPTY),
    )


def dram(moment: Moment) -> Spent:
    """The cache, and weights where they lie in it or pass through it."""
    design, time = moment.schedule.design, moment.time
    rate = design.dram_gb_s * 1e9
    flows = {
        HELD: Flow(time.dram_weights * time.pace.weight_bits / 8 / rate, time.body_seconds),
        PAGES: Flow(time.passed_bytes * design.dram_passes / rate, time.stream_seconds),
    }
    slots, after = moment.divided({}, flows)
    attention: Seconds = {}
    if time.attention_seconds:
        cache = moment.schedule.attention.seconds[DRAM]
        attention = {CACHE: cache, COPIES: moment.ahead_bytes / rate}
    return Spent(
        part(time.attention_seconds, attention, why=_attention_wait(moment, MULTIPLYING)),
        part(time.load_seconds, {}, why=LOADING),
        part(moment.slots, slots, why=FROM_FLASH),
        part(moment.after, after, why=FROM_FLASH),
    )


def _attention_wait(moment: Moment, usual: str) -> str:
    """Why the NPU or the DRAM waits; ``usual``: for the other of them."""
    attention = moment.schedule.attention
    if moment.time.attention_seconds > attention.longest * (1 + 1e-9):
        return AHEAD
    return SPECIAL if attention.seconds[SPECIAL] == attention.longest else usual


def link(moment: Moment) -> Spent:
    """What passes the channels passes the link: inputs, results and pages."""
    design, time = moment.schedule.design, moment.time
    rate = design.link_gb_s * 1e9
    slots, after = moment.divided(
        {READ_COMPUTE: time.link_seconds},
        {PAGES: Flow(time.passed_bytes / rate, time.stream_seconds)},
    )
    return Spent(
        part(time.attention_seconds, {COPIES: moment.ahead_bytes / rate}, why=ATTENTION),
        part(time.load_seconds, {INPUTS: time.loads * time.pace.input_bytes / rate}, why=LOADING),
        part(moment.slots, slots, why=SLOWER),
        part(moment.after, after, why=SLOWER),
    )
