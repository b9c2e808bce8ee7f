"""The schedule of one token: every stage of every layer, those alike counted and not repeated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from ..design.design import Design
from ..experts.policy import ExpertPolicy
from ..workload.workload import LayerKind, Stage, Workload
from .attention import AttentionTime, attention_time
from .routed import Routed
from .slot import Pace, pace_of
from .stage import StageTime, matrices_time, shapes_of


@dataclass(frozen=True)
class Counted:
    """A stage, and how often a token passes through it."""

    time: StageTime
    count: int


@dataclass(frozen=True)
class TokenSchedule:
    """One token after ``context`` positions. ``stages``: in order, for each kind of layer.

    ``attention``: of one layer.
    """

    design: Design
    workload: Workload
    context: int
    stages: tuple[Counted, ...]
    attention: AttentionTime

    @cached_property
    def seconds(self) -> float:
        """Of the token."""
        return sum(stage.time.seconds * stage.count for stage in self.stages)

    @property
    def rate(self) -> float:
        """Tokens a second."""
        return 1 / self.seconds

    def total(self, field: str) -> float:
        """The sum of a field of ``StageTime`` over the token."""
        return float(sum(getattr(stage.time, field) * stage.count for stage in self.stages))


def token_schedule(
    design: Design,
    workload: Workload,
    context: int,
    *,
    policy: ExpertPolicy | None = None,
    each_slot: bool = False,
) -> TokenSchedule:
    """The schedule of a token that sees ``context`` earlier positions.

    ``policy``: where routed experts come from; None: all that a token uses are read from flash.
    ``each_slot``: inputs are sent again for every slot, and not once for a round.
    Raises ``UsageError`` (EDGE-02220) where no tile fits a core's buffer.
    """
    attention = attention_time(design, workload, context)
    bits, activation = workload.weight_bits, workload.activation_bytes
    pace = pace_of(design, bits, activation, each_slot=each_slot)
    routed = _routed(design, workload, pace, policy, each_slot) if policy is not None else None
    layers = _Layers(design, workload.hidden, pace, attention, routed)
    counted = [stage for kind in workload.layers for stage in layers.stages(kind)]
    counted += head_stages(design, workload, each_slot)
    return TokenSchedule(design, workload, context, tuple(counted), attention)


def _routed(
    design: Design, workload: Workload, pace: Pace, policy: ExpertPolicy, each_slot: bool
) -> Routed:
    narrow, bits = pace, policy.miss_bits
    if bits:
        narrow = pace_of(design, bits, workload.activation_bytes, each_slot=each_slot)
    return Routed(policy, design, workload.hidden, pace, narrow)


@dataclass(frozen=True)
class _Layers:
    """What all layers have in common."""

    design: Design
    hidden: int
    pace: Pace
    attention: AttentionTime
    routed: Routed | None

    def stages(self, kind: LayerKind) -> Iterator[Counted]:
        """Of a kind of layer, and how often a token passes them."""
        seconds, ahead = self.attention.longest, 0.0
        if self.routed is not None:
            seconds, ahead = self.routed.attention(kind, self.attention)
        for stage in kind.stages:
            found = self._stage(stage)
            if stage.after_attention:
                found = replace(found, attention_seconds=seconds, ahead_weights=ahead)
            yield Counted(found, kind.count)

    def _stage(self, stage: Stage) -> StageTime:
        """Without its attention."""
        if self.routed is not None and any(matrix.copies > 1 for matrix in stage.matrices):
            return self.routed.stage(stage)
        shapes = shapes_of(stage.matrices, self.hidden)
        return matrices_time(stage.name, shapes, self.pace, self.design)


def head_stages(design: Design, workload: Workload, each_slot: bool) -> Iterator[Counted]:
    """The logits of one token."""
    head = workload.head
    if head is not None:
        bits, activation = workload.head_bits, workload.head_activation_bytes
        pace = pace_of(design, bits, activation, each_slot=each_slot)
        shapes = shapes_of((head,), workload.hidden)
        yield Counted(matrices_time(head.name, shapes, pace, design), 1)
