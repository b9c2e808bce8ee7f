"""Attention as events: heads pass through DRAM, NPU and special functions one after the other.

The oracle of ``attention_time``, which supposes that the three work beside each other.
"""

from __future__ import annotations

from functools import partial

from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.timing.attention import SOFTMAX_OPERATIONS
from edgesdk_backends.nand.workload.workload import Workload
from tests.backends_nand.timing.oracle.events import Bus, Clock


def simulate_attention(
    design: Design, workload: Workload, context: int, key_heads: int, window: int = 2
) -> float:
    """Seconds of one layer: each key head's keys, scores, softmax, values, weighted sum.

    ``window``: heads whose rows the NPU's buffer holds; the next is read when one is done.
    """
    machine = _Attention(design, workload, context, key_heads)
    for head in range(min(window, key_heads)):
        machine.begin(head, window)
    return machine.clock.run()


class _Attention:
    def __init__(self, design: Design, workload: Workload, context: int, key_heads: int) -> None:
        self.clock = Clock()
        self.dram, self.npu, self.special = (Bus(self.clock) for _ in range(3))
        self.key_heads = key_heads
        size = workload.kv_width * design.cache_bytes / key_heads  # bytes of a row
        products = workload.query_width * context / key_heads
        self.rows = size * context / (design.dram_gb_s * 1e9)  # seconds: keys, or values
        self.new_row = size / (design.dram_gb_s * 1e9)
        self.product = products * design.cache_bytes / (design.npu_gmacs * 1e9)
        scores = workload.heads * context / key_heads
        self.softmax = scores * SOFTMAX_OPERATIONS / (design.npu_special_gops * 1e9)

    def begin(self, head: int, window: int) -> None:
        """Write the new key, then read all; values likewise; the NPU follows."""
        if head >= self.key_heads:
            return
        arrived = {"scores": False, "values": False}
        after = partial(self._arrived, arrived, head, window)
        self.dram.ask(self.new_row + self.rows, partial(self._keys, after))
        self.dram.ask(self.new_row + self.rows, partial(after, "values"))

    def _keys(self, after: partial[None]) -> None:
        softmax = partial(self.special.ask, self.softmax, partial(after, "scores"))
        self.npu.ask(self.product, softmax)

    def _arrived(self, arrived: dict[str, bool], head: int, window: int, what: str) -> None:
        arrived[what] = True
        if all(arrived.values()):
            self.npu.ask(self.product, partial(self.begin, head + window, window))
