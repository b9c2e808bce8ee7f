"""What no arrangement of the work can exceed, which stands beside every prediction."""

from __future__ import annotations

from collections.abc import Sequence

from ..design.design import Design
from .slot import CHANNELS, NPU
from .token import Counted, TokenSchedule


def ceiling(cases: Sequence[TokenSchedule]) -> tuple[float, str]:
    """Passes a second, and why no more: every core and every channel busy from end to end, or the
    DRAM. A pass is a token, or a whole prompt.

    Without padding, without waiting, and with attention beside the weights. ``cases``: of the same
    stages; of each stage the fastest counts, since its best case need not be that of the whole.
    """
    stages = [list(case.stages) for case in cases]
    flash = sum(
        min(_seconds(case.design, stage) for case, stage in zip(cases, same, strict=True))
        for same in zip(*stages, strict=True)
    )
    memory = min(_memory_seconds(case) for case in cases)
    who = "every core and every channel" if cases[0].design.compute else "channels and link"
    why = f"{who} busy with weights, without padding or waiting"
    if memory > flash:
        why = "one read of the cache, and of experts in DRAM"
    return 1 / max(flash, memory), why


def _memory_seconds(schedule: TokenSchedule) -> float:
    held = sum(s.time.dram_weights * s.count * s.time.pace.weight_bits / 8 for s in schedule.stages)
    rows = schedule.attention.read_bytes * schedule.workload.layer_count
    return (rows + held) / (schedule.design.dram_gb_s * 1e9)


def _seconds(design: Design, stage: Counted) -> float:
    """All bytes of a stage's weights at the rate of all cores, the array's or their own, and of all
    channels."""
    pace = stage.time.pace
    size = stage.time.filled_pages * design.page_bytes + stage.time.passed_bytes
    rate = _stream_rate(design, stage)
    if design.compute:
        slot = max(design.read_us * 1e-6 * pace.reads, pace.core_seconds)
        rate += design.cores * design.page_bytes / slot
    return size * stage.count / rate


def _stream_rate(design: Design, stage: Counted) -> float:
    """Bytes a second that can reach the NPU."""
    pace = stage.time.pace
    if not pace.stream:
        return 0.0
    weight = pace.weight_bits / 8  # bytes
    others = [rate * weight for limit, rate in pace.stream.items() if limit not in (CHANNELS, NPU)]
    npu = pace.stream[NPU] * max(weight, 1)  # a miss may have 8 bits
    return min(design.channels * design.channel_gb_s * 1e9, npu, *others)
