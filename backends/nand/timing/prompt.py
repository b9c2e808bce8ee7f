"""Taking in a prompt: its tokens share the reads of pages, and little else.

The paper does not evaluate this. A core multiplies a page once for each token, so its work grows
with the prompt; the array reads again when the inputs and sums of the tokens do not fit into the
cores' buffers together. The NPU keeps the activations of all tokens, and reads its pages once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil

from ..design.design import Design
from ..workload.workload import LayerKind, Matrix, Stage, Workload
from .attention import SOFTMAX_OPERATIONS, SPECIAL, AttentionTime
from .slot import DRAM, NPU, pace_of
from .stage import StageTime, matrices_time, shapes_of
from .token import Counted, TokenSchedule, head_stages


def prompt_schedule(
    design: Design, workload: Workload, tokens: int, *, each_slot: bool = False
) -> TokenSchedule:
    """The schedule of a prompt; its ``seconds`` are of all tokens, logits of the last one only.

    Raises ``UsageError`` (EDGE-02220) where no tile fits a core's buffer.
    """
    prompt = _Prompt(design, workload, tokens, each_slot)
    counted = [stage for kind in workload.layers for stage in prompt.stages(kind)]
    counted += head_stages(design, workload, each_slot)
    seconds = sum(stage.time.seconds * stage.count for stage in counted)
    return TokenSchedule(design, workload, tokens, tuple(counted), prompt.attention, seconds)


@dataclass(frozen=True)
class _Prompt:
    design: Design
    workload: Workload
    tokens: int
    each_slot: bool

    @property
    def attention(self) -> AttentionTime:
        """Of one layer."""
        return prompt_attention(self.design, self.workload, self.tokens)

    def stages(self, kind: LayerKind) -> Iterator[Counted]:
        """Of a kind of layer; experts are a stage of their own, each for some of the tokens."""
        for stage in kind.stages:
            before = self.attention.longest if stage.after_attention else 0.0
            for matrices, served in _served(stage, self.tokens):
                yield Counted(self._time(stage.name, matrices, served, before), kind.count)
                before = 0.0

    def _time(
        self, name: str, matrices: tuple[Matrix, ...], tokens: int, attention: float
    ) -> StageTime:
        bits, activation = self.workload.weight_bits, self.workload.activation_bytes
        pace = pace_of(self.design, bits, activation, tokens, self.each_slot)
        shapes = shapes_of(matrices, self.workload.hidden)
        return matrices_time(name, shapes, pace, self.design, attention)


def prompt_attention(design: Design, workload: Workload, tokens: int) -> AttentionTime:
    """Of one layer: each token sees those before it and itself; the cache moves once."""
    pairs = tokens * (tokens + 1) // 2
    size = 2 * workload.kv_width * tokens * design.cache_bytes
    macs = 2 * workload.query_width * pairs
    elements = design.npu_rows * design.npu_columns * design.npu_macs
    special = workload.heads * pairs * SOFTMAX_OPERATIONS
    seconds = {
        DRAM: 2 * size / (design.dram_gb_s * 1e9),
        NPU: macs * design.cache_bytes / (elements * design.npu_mhz * 1e6),
        SPECIAL: special / (design.npu_special_gops * 1e9),
    }
    return AttentionTime(size, size, macs, seconds)


def _served(stage: Stage, tokens: int) -> Iterator[tuple[tuple[Matrix, ...], int]]:
    """Matrices that all tokens use; and experts: those that any token uses, and for how many each.

    As if tokens chose evenly, and each for itself.
    """
    if shared := tuple(matrix for matrix in stage.matrices if matrix.copies == 1):
        yield shared, tokens
    drawn = [matrix for matrix in stage.matrices if matrix.copies > 1]
    if drawn:
        copies, used = drawn[0].copies, drawn[0].used
        seen = max(used, round(copies * (1 - (1 - used / copies) ** tokens)))
        experts = tuple(replace(matrix, used=seen) for matrix in drawn)
        yield experts, ceil(tokens * used / seen)
