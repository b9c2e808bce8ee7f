"""Taking in a prompt: its tokens share the reads of pages, and little else.

The paper does not evaluate this. A core multiplies a page once for each token, so its work grows
with the prompt; the array reads again when the inputs and sums of the tokens do not fit into the
cores' buffers together. The NPU keeps the activations of all tokens, and reads its pages once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..design.design import Design
from ..workload.workload import LayerKind, Matrix, Workload
from .attention import AttentionTime, prompt_attention
from .slot import pace_of
from .stage import StageTime, expected, matrices_time, shapes_of
from .token import Counted, TokenSchedule, head_stages

_ROUNDING = 1e-9


def prompt_schedule(
    design: Design, workload: Workload, tokens: int, *, each_slot: bool = False
) -> TokenSchedule:
    """The schedule of a prompt; its ``seconds`` are of all tokens, logits of the last one only.

    Raises ``UsageError`` (EDGE-02220) where no tile fits a core's buffer.
    """
    prompt = _Prompt(design, workload, tokens, each_slot)
    counted = [stage for kind in workload.layers for stage in prompt.stages(kind)]
    counted += head_stages(design, workload, each_slot)
    return TokenSchedule(design, workload, tokens, tuple(counted), prompt.attention)


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
        """Of a kind of layer; experts are stages of their own, each for some of the tokens."""
        for stage in kind.stages:
            before = self.attention.longest if stage.after_attention else 0.0
            if shared := [matrix for matrix in stage.matrices if matrix.copies == 1]:
                yield Counted(self._time(stage.name, shared, self.tokens, before), kind.count)
            if drawn := [matrix for matrix in stage.matrices if matrix.copies > 1]:
                yield from (Counted(time, kind.count) for time in self._experts(stage.name, drawn))

    def _experts(self, name: str, drawn: Sequence[Matrix]) -> Iterator[StageTime]:
        """What is expected: so many of them as any token chooses, each for as many tokens, and
        both are means between two whole numbers."""
        seen = _seen(drawn[0], self.tokens)
        for tokens, likely in _between(self.tokens * drawn[0].used / seen):
            cases = [
                (likely * p, self._time(name, [replace(m, used=n) for m in drawn], tokens))
                for n, p in _between(seen)
            ]
            yield expected(name, cases[0][1].pace, cases)

    def _time(
        self, name: str, matrices: Sequence[Matrix], tokens: int, attention: float = 0.0
    ) -> StageTime:
        bits, activation = self.workload.weight_bits, self.workload.activation_bytes
        pace = pace_of(self.design, bits, activation, tokens, self.each_slot)
        shapes = shapes_of(matrices, self.workload.hidden)
        return matrices_time(name, shapes, pace, self.design, attention)


def _seen(matrix: Matrix, tokens: int) -> float:
    """Experts that any token chooses, as if each chose evenly, and for itself."""
    return matrix.copies * (1 - (1 - matrix.used / matrix.copies) ** tokens)


def _between(mean: float) -> Iterator[tuple[int, float]]:
    """The whole numbers beside a mean, and how likely each is; a whole number is certain."""
    low = int(mean + _ROUNDING)
    above = mean - low
    if above <= _ROUNDING:
        yield low, 1.0
    else:
        yield low, 1 - above
        yield low + 1, above
