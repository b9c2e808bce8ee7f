"""When each tensor of a plan must be in memory, and which may be the same memory.

Time counts steps: -1 is when the inputs are fed, ``len(steps)`` when the outputs are read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from .graph import Tensor
from .step import Step


@dataclass(frozen=True)
class Span:
    """So many bytes from one time to another, both included."""

    first: int
    last: int
    bytes: int


@dataclass(eq=False)
class Block:
    """Memory with one offset: a tensor, several that take each other's place, or scratch."""

    spans: list[Span]
    alignment: int
    tensors: list[Tensor] = field(default_factory=list)
    scratch_of: int = -1  # the step's index

    @property
    def scratch(self) -> bool:
        """Whether it is a kernel's own working space."""
        return self.scratch_of >= 0

    @property
    def first(self) -> int:
        """When it is first needed."""
        return min(span.first for span in self.spans)

    @property
    def last(self) -> int:
        """When it is last needed."""
        return max(span.last for span in self.spans)

    @property
    def bytes(self) -> int:
        """The most that it ever takes."""
        return max(span.bytes for span in self.spans)

    def at(self, time: int) -> int:
        """The bytes that it takes at a time."""
        return max((s.bytes for s in self.spans if s.first <= time <= s.last), default=0)


@dataclass(frozen=True)
class Problem:
    """What is to be laid out. ``root`` gives the tensor whose memory a tensor is."""

    steps: Sequence[Step]
    inputs: Sequence[Tensor]
    outputs: Sequence[Tensor]
    root: Callable[[Tensor], Tensor]


def blocks_of(problem: Problem) -> list[Block]:
    """All blocks, those that can work in place joined."""
    spans = _spans(problem)
    blocks = {t: Block([span], _alignment(t), [t]) for t, span in spans.items()}
    for index, step in enumerate(problem.steps):
        _join(index, step, problem.root, spans, blocks)
    scratch = [
        Block([Span(index, index, step.scratch)], 8, scratch_of=index)
        for index, step in enumerate(problem.steps)
        if step.scratch
    ]
    return [*dict.fromkeys(blocks.values()), *scratch]


def live_bytes(blocks: Sequence[Block], *, scratch: bool, unit: int = 1) -> int:
    """The most bytes that are live at any one time: no layout can do with less.

    Each block counts as a multiple of ``unit`` bytes.
    """
    counted = [block for block in blocks if scratch or not block.scratch]
    times = {span.first for block in counted for span in block.spans}
    sums = (sum(-(-block.at(time) // unit) * unit for block in counted) for time in times)
    return max(sums, default=0)


def _spans(problem: Problem) -> dict[Tensor, Span]:
    times: dict[Tensor, list[int]] = {}
    end = len(problem.steps)
    for tensor in problem.inputs:
        times.setdefault(problem.root(tensor), []).append(-1)
    for index, step in enumerate(problem.steps):
        for tensor in step.tensors.values():
            times.setdefault(problem.root(tensor), []).append(index)
    for tensor in problem.outputs:
        times.setdefault(problem.root(tensor), []).append(end)
    return {
        tensor: Span(-1, end, tensor.bytes)
        if tensor.variable
        else Span(min(when), max(when), tensor.bytes)
        for tensor, when in times.items()
    }


def _join(
    index: int,
    step: Step,
    root: Callable[[Tensor], Tensor],
    spans: dict[Tensor, Span],
    blocks: dict[Tensor, Block],
) -> None:
    """Join an output of a step with the first input that it may take the place of."""
    taken: set[Tensor] = set()
    for target, source in step.in_place:
        if target not in step.tensors or source not in step.tensors:
            continue
        new, old = root(step.tensors[target]), root(step.tensors[source])
        dies = spans[old].last == index and not old.variable
        born = spans[new].first == index and not new.variable
        readers = {f for f, t in step.tensors.items() if f not in step.writes and root(t) is old}
        allowed = {a for b, a in step.in_place if b == target}
        if not (dies and born and readers <= allowed) or taken & {new, old}:
            continue
        taken |= {new, old}
        one, other = blocks[old], blocks[new]
        one.spans += other.spans
        one.tensors += other.tensors
        one.alignment = max(one.alignment, other.alignment)
        blocks.update(dict.fromkeys(other.tensors, one))


def _alignment(tensor: Tensor) -> int:
    return max(4, np.dtype(tensor.dtype).itemsize)
