"""What a schedule moves and computes, as the costs need it."""

from __future__ import annotations

from ..cost.traffic import Traffic
from .token import TokenSchedule


def traffic_of(schedule: TokenSchedule) -> Traffic:
    """Of one token, or of a whole prompt; pages are read whole, with their padding."""
    design, workload = schedule.design, schedule.workload
    pages = npu_pages = core = npu = held = passed = moved = ahead = ahead_pages = 0.0
    for stage in schedule.stages:
        time, pace, count = stage.time, stage.time.pace, stage.count
        pages += time.pages * pace.reads * count
        npu_pages += time.npu_pages * count
        core += time.core_weights * pace.tokens * count
        npu += (time.npu_weights + time.dram_weights) * pace.tokens * count
        passed += time.passed_bytes * count
        moved += time.moved_bytes * count
        held += time.dram_weights * count * pace.weight_bits / 8
        ahead += time.ahead_weights * count * pace.weight_bits / 8
        ahead_pages += time.ahead_weights * count / pace.tile.weights
    attention, layers = schedule.attention, workload.layer_count
    cache = (attention.read_bytes + attention.written_bytes) * layers
    channel = passed + moved + ahead
    return Traffic(
        seconds=schedule.seconds,
        core_bytes=pages * design.page_bytes,
        npu_bytes=(npu_pages + ahead_pages) * design.page_bytes,
        channel_bytes=channel,
        link_bytes=channel,
        dram_bytes=cache + held + ahead + passed * design.dram_passes,
        core_macs=core,
        npu_macs=npu + attention.macs * layers,
        page_reads=pages + npu_pages + ahead_pages,
    )
