"""Stages of routed experts: some lie in DRAM, some were read ahead, the others are in flash.

What happens to a token's experts is drawn; a stage's time is what is expected over the outcomes,
each of which takes as long as its slower side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from ..design.design import Design
from ..experts.outcomes import Outcome
from ..experts.policy import ExpertPolicy
from ..workload.workload import LayerKind, Matrix
from .attention import AttentionTime
from .slot import DRAM, Pace
from .stage import StageTime, matrices_time, shapes_of

_SUMS = (
    "slots",
    "pages",
    "core_weights",
    "filled_pages",
    "npu_pages",
    "npu_weights",
    "flash_seconds",
    "stream_seconds",
    "passed_bytes",
    "moved_bytes",
)
_MEANS = tuple(f.name for f in fields(StageTime) if f.name not in ("name", "pace"))


@dataclass(frozen=True)
class Routed:
    """How experts are served, and the paces of their weights: as ever, and on a miss."""

    policy: ExpertPolicy
    design: Design
    hidden: int
    pace: Pace
    narrow: Pace

    def stage(self, name: str, matrices: Sequence[Matrix]) -> StageTime:
        """A stage of experts, all with as many copies and uses. No attention."""
        first = matrices[0]
        outcomes = self.policy.outcomes(first.copies, first.used)
        full = {
            n: self._read(name, matrices, n, self.pace) for n in {o.from_flash for o in outcomes}
        }
        few = {
            n: self._read(name, matrices, n, self.narrow)
            for n in {o.low_precision for o in outcomes}
        }
        each = sum(matrix.weights for matrix in matrices)
        cases = [
            (o.probability, self._case(o, full[o.from_flash], few[o.low_precision], each))
            for o in outcomes
        ]
        return _expected(name, self.pace, cases)

    def attention(self, kind: LayerKind, found: AttentionTime) -> tuple[float, float]:
        """Seconds of attention with experts read ahead beside it, and the weights of these."""
        experts = [m for stage in kind.stages for m in stage.matrices if m.copies > 1]
        if not experts:
            return found.longest, 0.0
        each = sum(matrix.weights for matrix in experts)
        seconds = weights = 0.0
        for outcome in self.policy.outcomes(experts[0].copies, experts[0].used):
            ahead = (outcome.prefetched + outcome.wasted) * each
            moved = found.seconds[DRAM] + self._dram_seconds(ahead)
            passed = ahead / self.pace.idle_rate
            seconds += outcome.probability * max(found.longest, moved, passed)
            weights += outcome.probability * ahead
        return seconds, weights

    def _read(self, name: str, matrices: Sequence[Matrix], count: int, pace: Pace) -> StageTime:
        drawn = [replace(matrix, used=count) for matrix in matrices] if count else []
        return matrices_time(name, shapes_of(drawn, self.hidden), pace, self.design)

    def _case(self, outcome: Outcome, full: StageTime, few: StageTime, each: int) -> StageTime:
        held = (outcome.from_dram + outcome.prefetched) * each
        dram = self._dram_seconds(held)
        body = full.body_seconds + few.body_seconds
        dram += self.design.dram_passes * self._dram_seconds(full.npu_weights)
        return replace(
            full,
            **{key: getattr(full, key) + getattr(few, key) for key in _SUMS},
            dram_seconds=dram,
            body_seconds=max(body, dram),
            loads=max(full.loads, few.loads),
            load_seconds=max(full.load_seconds, few.load_seconds),
            dram_weights=held,
            ahead_weights=self.policy.filled(outcome) * each,
        )

    def _dram_seconds(self, weights: float) -> float:
        return weights * self.pace.weight_bits / 8 / (self.design.dram_gb_s * 1e9)


def _expected(name: str, pace: Pace, cases: Sequence[tuple[float, StageTime]]) -> StageTime:
    """The mean of every number."""
    means = {key: sum(p * getattr(case, key) for p, case in cases) for key in _MEANS}
    return StageTime(name, pace, **means)


def added(one: StageTime, other: StageTime) -> StageTime:
    """Two parts of a stage, one after the other; their inputs are the same, loaded once."""
    sums = {key: getattr(one, key) + getattr(other, key) for key in _MEANS}
    loads = max(one.loads, other.loads)
    loading = max(one.load_seconds, other.load_seconds)
    return replace(one, **{**sums, "loads": loads, "load_seconds": loading})
