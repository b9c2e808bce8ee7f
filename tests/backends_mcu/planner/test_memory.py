"""The memory planner, against a simulation that runs the steps on real bytes."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgesdk_backends.mcu.planner.graph import Tensor
from edgesdk_backends.mcu.planner.lifetimes import Problem
from edgesdk_backends.mcu.planner.memory import Layout, lay_out
from edgesdk_backends.mcu.planner.step import Step


def _tensor(name: str, size: int, **more: object) -> Tensor:
    return Tensor(name, (size,), "int8", **more)  # type: ignore[arg-type]


def _itself(tensor: Tensor) -> Tensor:
    return tensor


def _chain(*sizes: int, scratch: int = 0, in_place: bool = False) -> Problem:
    """Each step makes the next tensor of the last."""
    tensors = [_tensor(str(i), size) for i, size in enumerate(sizes)]
    pairs = (("output", "input"),) if in_place else ()
    steps = [
        Step("k", "", {}, {"input": a, "output": b}, ("output",), {}, scratch, pairs)
        for a, b in pairwise(tensors)
    ]
    return Problem(steps, tensors[:1], tensors[-1:], _itself)


def _simulate(problem: Problem, layout: Layout) -> None:
    """Run: every read must find what was written, wherever the layout has put it."""
    arena = np.zeros(layout.arena, np.uint8)
    chance = np.random.default_rng(1)
    content: dict[Tensor, bytes] = {}

    def place(tensor: Tensor) -> np.ndarray:
        at = layout.offsets[problem.root(tensor)]
        assert at % 4 == 0
        assert at + tensor.bytes <= layout.arena
        return arena[at : at + tensor.bytes]

    def fill(tensor: Tensor) -> None:
        place(tensor)[:] = chance.integers(0, 256, tensor.bytes)
        content[problem.root(tensor)] = place(tensor).tobytes()

    def intact(tensor: Tensor) -> bool:
        return place(tensor).tobytes() == content[problem.root(tensor)]

    used = [t for s in problem.steps for t in s.tensors.values()]
    variables = {t for t in map(problem.root, [*used, *problem.outputs]) if t.variable}
    for tensor in [*variables, *problem.inputs]:
        fill(tensor)
    for index, step in enumerate(problem.steps):
        reads = [t for field, t in step.tensors.items() if field not in step.writes]
        if step.scratch:
            at = layout.scratch[index]
            assert at + step.scratch <= layout.arena
            arena[at : at + step.scratch] = chance.integers(0, 256, step.scratch)
        assert all(intact(t) for t in reads)
        for field in step.writes:
            fill(step.tensors[field])
        for field in step.writes:
            assert intact(step.tensors[field])
        kept = {problem.root(t) for t in reads if _read_later(problem, index, t)}
        assert all(intact(t) for t in kept)
    assert all(intact(t) for t in [*problem.outputs, *variables])


def _read_later(problem: Problem, index: int, tensor: Tensor) -> bool:
    later = [t for s in problem.steps[index + 1 :] for t in s.tensors.values()]
    return problem.root(tensor) in map(problem.root, [*later, *problem.outputs])


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Steps over random earlier tensors, some in place, with scratch, aliases and variables."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    size: Callable[[], int] = lambda: chance.choice([1, 3, 4, 16, 17, 100, 1000])  # noqa: E731
    inputs = [_tensor(f"in{i}", size()) for i in range(chance.randint(1, 3))]
    known, steps = list(inputs), []
    aliases: dict[Tensor, Tensor] = {}
    if chance.random() < 0.3:
        known.append(_tensor("state", size(), variable=True))
    for index in range(draw(st.integers(1, 12))):
        reads = {f"i{n}": chance.choice(known) for n in range(chance.randint(1, 3))}
        writes = {f"o{n}": _tensor(f"{index}.{n}", size()) for n in range(chance.randint(1, 2))}
        pairs = [(o, i) for o in writes for i in reads if chance.random() < 0.4]
        scratch = size() if chance.random() < 0.3 else 0
        tensors = {**reads, **writes}
        steps.append(Step("k", "", {}, tensors, tuple(writes), {}, scratch, tuple(pairs)))
        known += writes.values()
        if chance.random() < 0.2:
            source = chance.choice([t for t in known if not t.variable])
            aliases[_tensor(f"alias{index}", source.elements)] = source
            known.append(list(aliases)[-1])

    def root(tensor: Tensor) -> Tensor:
        while tensor in aliases:
            tensor = aliases[tensor]
        return tensor

    return Problem(steps, inputs, chance.sample(known, chance.randint(1, 2)), root)


@given(problems())
@settings(max_examples=120)
def test_nothing_is_overwritten_while_it_is_needed(problem: Problem) -> None:
    layout = lay_out(problem)
    _simulate(problem, layout)
    assert layout.arena >= layout.lower_bound
    assert layout.arena % 16 == 0


def test_a_chain_takes_its_largest_neighbours() -> None:
    layout = lay_out(_chain(100, 2000, 1000, 3000, 16))
    assert layout.lower_bound == 4000
    assert layout.arena == 4000


def test_in_place_takes_the_larger_of_both() -> None:
    layout = lay_out(_chain(1000, 800, 1200, in_place=True))
    assert (layout.lower_bound, layout.arena) == (1200, 1200)


def test_scratch_counts_only_for_its_step() -> None:
    layout = lay_out(_chain(1000, 600, 200, scratch=320))
    assert layout.lower_bound == 1600
    assert layout.arena == 1920


def test_an_input_that_is_an_output_too_is_not_overwritten() -> None:
    problem = _chain(64, 64, in_place=True)
    kept = Problem(problem.steps, problem.inputs, [*problem.inputs, *problem.outputs], _itself)
    layout = lay_out(kept)
    _simulate(kept, layout)
    assert layout.arena == 128


def test_a_tensor_read_twice_in_one_step_is_shared_only_if_both_readers_allow() -> None:
    a, b = _tensor("a", 64), _tensor("b", 64)
    fields = {"left": a, "right": a, "output": b}
    one = Step("k", "", {}, fields, ("output",), in_place=(("output", "left"),))
    both = Step(
        "k", "", {}, fields, ("output",), in_place=(("output", "left"), ("output", "right"))
    )
    assert lay_out(Problem([one], [a], [b], _itself)).arena == 128
    assert lay_out(Problem([both], [a], [b], _itself)).arena == 64


def test_the_same_problem_has_the_same_layout() -> None:
    sizes = [random.Random(3).choice([64, 256, 1024]) for _ in range(20)]
    layouts = [lay_out(_chain(*sizes, scratch=100)) for _ in range(2)]
    offsets = [sorted((t.name, at) for t, at in layout.offsets.items()) for layout in layouts]
    assert offsets[0] == offsets[1]


@pytest.mark.parametrize("seed", range(5))
def test_close_to_the_bound_where_branches_cross(seed: int) -> None:
    """Residual networks: each block adds what came before it; within 5 % of what must be."""
    chance = random.Random(seed)
    first = _tensor("in", 16 * chance.randint(20, 100))
    current, steps = first, []
    for block in range(6):
        size = 16 * chance.randint(20, 200)
        skip, wide, end = (
            _tensor(f"{block}{name}", s)
            for name, s in zip("swe", (size, 3 * size, size), strict=True)
        )
        steps += [
            Step("conv", "", {}, {"input": current, "output": skip}, ("output",)),
            Step("conv", "", {}, {"input": skip, "output": wide}, ("output",)),
            Step("conv", "", {}, {"input": wide, "output": end}, ("output",)),
        ]
        current = _tensor(f"{block}sum", size)
        fields = {"a": skip, "b": end, "output": current}
        steps.append(Step("add", "", {}, fields, ("output",), in_place=(("output", "a"),)))
    problem = Problem(steps, [first], [current], _itself)
    layout = lay_out(problem)
    _simulate(problem, layout)
    assert layout.arena <= 1.05 * layout.lower_bound
