"""Stages of routed experts: some lie in DRAM, some were read ahead, the others are in flash.

What happens to a token's experts is drawn; a stage's time is what is expected over the outcomes,
in each of which it takes as long as its slower side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ..design.design import Design
from ..experts.outcomes import Floats
from ..experts.policy import ExpertPolicy
from ..workload.workload import LayerKind, Matrix, Stage
from .attention import AttentionTime
from .slot import DRAM, Pace
from .stage import Shape, StageTime, expected, matrices_time, shapes_of

_Reads = Mapping[int, StageTime]  # by how many experts are read


@dataclass(frozen=True)
class Routed:
    """How experts are served, and the paces of their weights: as ever, and on a miss."""

    policy: ExpertPolicy
    design: Design
    hidden: int
    pace: Pace
    narrow: Pace

    def stage(self, stage: Stage) -> StageTime:
        """A stage with experts, all with as many copies and uses; without its attention.

        Matrices that every token uses are read together with the experts that come as ever.
        """
        drawn = _drawn(stage.matrices)
        likely = self.policy.outcomes(drawn[0].copies, drawn[0].used).read
        wide = self._reads(stage.name, stage.matrices, likely.sum(axis=1), self.pace)
        few = self._reads(stage.name, drawn, likely.sum(axis=0), self.narrow)
        count = np.arange(len(likely), dtype=np.float64)
        held = (count[-1] - count[:, None] - count) * sum(matrix.weights for matrix in drawn)
        passed = np.add.outer(*_columns(wide, few, "passed_bytes", len(count)))
        dram = (held * self._bytes + self.design.dram_passes * passed) / self._dram_rate
        npu = held + np.add.outer(*_columns(wide, few, "npu_weights", len(count)))
        beside = np.maximum(dram, npu / self._npu_rate)
        body = np.add.outer(*_columns(wide, few, "body_seconds", len(count)))
        loads = np.maximum.outer(*_columns(wide, few, "loads", len(count)))  # of the same inputs
        loading = np.maximum.outer(*_columns(wide, few, "load_seconds", len(count)))
        parts = [(float(likely[n].sum()), time) for n, time in wide.items()]
        parts += [(float(likely[:, n].sum()), time) for n, time in few.items()]
        return replace(
            expected(stage.name, self.pace, parts),
            dram_seconds=_mean(likely, beside),
            body_seconds=_mean(likely, np.maximum(body, beside)),
            loads=_mean(likely, loads),
            load_seconds=_mean(likely, loading),
            dram_weights=_mean(likely, held),
        )

    def attention(self, kind: LayerKind, found: AttentionTime) -> tuple[float, float]:
        """Seconds of attention with experts read into DRAM beside it, and the weights of these.

        They are read for this token, or once more for a later one, and share the channels, the link
        and the DRAM with nothing but the cache: what does not fit into attention makes it longer.
        """
        drawn = _drawn(kind.matrices)
        if not drawn:
            return found.longest, 0.0
        outcomes = self.policy.outcomes(drawn[0].copies, drawn[0].used)
        count = np.arange(outcomes.used + 1, dtype=np.float64)
        again = self.policy.read_again(self.design.compute) * count
        ahead = count[:, None] - count + outcomes.wasted[:, None] + again  # [lacking, late]
        ahead = ahead * sum(matrix.weights for matrix in drawn)
        moved = found.seconds[DRAM] + ahead * self._bytes / self._dram_rate
        slowest = np.maximum(moved, ahead / self.pace.idle_rate)
        seconds = _mean(outcomes.late, np.maximum(slowest, found.longest))
        return seconds, _mean(outcomes.late, ahead)

    def _reads(
        self, name: str, matrices: tuple[Matrix, ...], likely: Floats, pace: Pace
    ) -> dict[int, StageTime]:
        """The time with each number of experts that can be, ``likely`` [used + 1]."""
        found = {}
        for count in np.flatnonzero(likely).tolist():
            shapes = _shapes(matrices, count, self.hidden)
            found[count] = matrices_time(name, shapes, pace, self.design)
        return found

    @property
    def _bytes(self) -> float:
        return self.pace.weight_bits / 8

    @property
    def _npu_rate(self) -> float:
        """Weights a second that the NPU multiplies."""
        return self.design.npu_gmacs * 1e9 / self.pace.activation_bytes

    @property
    def _dram_rate(self) -> float:
        return self.design.dram_gb_s * 1e9


def _drawn(matrices: Iterable[Matrix]) -> tuple[Matrix, ...]:
    return tuple(matrix for matrix in matrices if matrix.copies > 1)


@lru_cache(maxsize=4096)
def _shapes(matrices: tuple[Matrix, ...], count: int, hidden: int) -> tuple[Shape, ...]:
    """What is read of ``count`` experts, and of the matrices that every token uses."""
    read = [m if m.copies == 1 else replace(m, used=count) for m in matrices]
    return shapes_of([matrix for matrix in read if matrix.used], hidden)


def _columns(wide: _Reads, few: _Reads, field: str, length: int) -> tuple[Floats, Floats]:
    """Of both, [used + 1]: a field for each number of experts, 0 where it cannot be."""
    found = np.zeros((2, length))
    for row, reads in zip(found, (wide, few), strict=True):
        for number, time in reads.items():
            row[number] = getattr(time, field)
    return found[0], found[1]


def _mean(likely: Floats, values: Floats) -> float:
    return float((likely * values).sum())
