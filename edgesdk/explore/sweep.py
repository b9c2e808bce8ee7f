"""A sweep: every design of a grid evaluated, and the best of them first."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from ..registry import for_target, targets_with
from .front import pareto_front
from .grid import Axis, Grid
from .run import Evaluator, Piece, Refused, here, merged, on_cluster

if TYPE_CHECKING:
    from ..predict import Question

Told = Callable[[int], None]  # how many designs are done; first 0, when they are about to begin


@dataclass(frozen=True)
class Objective:
    """What designs are compared by. ``larger``: whether more of it is better; ``how``: from what.

    ``usual``: whether it counts where the user named none.
    """

    name: str
    unit: str
    larger: bool
    how: str
    usual: bool = True


@runtime_checkable
class Exploring(Protocol):
    """A backend that can tell the figures of thousands of designs."""

    def objectives(self) -> tuple[Objective, ...]:
        """All that it can tell of a design, the most telling one first."""

    def evaluator(self, question: Question, axes: Sequence[Axis]) -> Evaluator:
        """What tells the figures of the designs that differ in the axes' keys.

        Raises ``UsageError`` for a key that it does not know, or a value that it cannot take.
        """


@dataclass(frozen=True)
class Explored:
    """What a sweep found. ``figures`` [designs, objectives] are NaN where refused or not known.

    ``settings``: of all designs, as they took effect. ``compared``: names of the objectives that
    the front is of; ``unknown``: of those that it was
    to be of as well, and that are not known of every design. ``front``: numbers of designs, the
    best in the first of these first.
    """

    question: Question
    settings: Mapping[str, str]
    grid: Grid
    objectives: tuple[Objective, ...]
    compared: tuple[str, ...]
    unknown: tuple[str, ...]
    figures: NDArray[np.float64]
    feasible: NDArray[np.int64]
    front: NDArray[np.int64]
    refused: tuple[Refused, ...]
    how: str = field(default="modelled, as expected", init=False)

    @property
    def context(self) -> int | None:
        """Positions that all designs decode after; None where these differ."""
        return None if "context" in self.grid.keys else self.question.contexts[0]

    @property
    def target(self) -> str:
        """The target; of those that name a preset, only the part before it where this differs."""
        named = self.question.target
        return named.partition(":")[0] if "preset" in self.grid.keys else named

    def row(self, number: int) -> dict[str, Any]:
        """One design: its values, then its figures, None where one is not known."""
        figures = self.figures[number].tolist()
        named = zip((objective.name for objective in self.objectives), figures, strict=True)
        told = {name: None if math.isnan(value) else value for name, value in named}
        return {**self.grid.named(number), **told}

    def every(self) -> NDArray[np.int64]:
        """Numbers of all designs that can be, in the order of the front."""
        return _best_first(self.feasible, self.figures, self.objectives, self.compared)


def exploring(target: str) -> Exploring:
    """The backend that explores designs of a target. Raises ``UsageError`` (EDGE-02248)."""
    backend = for_target(target)
    if isinstance(backend, Exploring):
        return backend
    raise UsageError(
        f"Designs of {target} cannot be swept",
        evidence=f"only targets that begin with: {', '.join(targets_with(Exploring)) or 'none'}",
        next_step="Predict one design: the same command without --sweep",
        code=248,
    )


def explore(
    question: Question,
    grid: Grid,
    *,
    compare: Sequence[str] = (),
    jobs: int = 0,
    scheduler: str = "",
    told: Told = lambda done: None,
) -> Explored:
    """Evaluate every design of a grid.

    ``compare``: names of the objectives that count, by default the backend's usual ones. ``jobs``:
    processes on this machine, 0 for as many as are of use; or the address of a Dask ``scheduler``.
    Processes are started anew (spawn): a script calls this under ``if __name__ == "__main__"``.
    Raises ``UsageError``: EDGE-02248, EDGE-02249 for an unknown objective, EDGE-02252 where no
    design can be, and what the backend raises.
    """
    backend = exploring(question.target)
    objectives = backend.objectives()
    compared = _compared(objectives, compare)
    evaluator = backend.evaluator(question, grid.axes)
    work = evaluator, grid, len(objectives)
    told(0)
    pieces = on_cluster(*work, scheduler) if scheduler else here(*work, jobs)
    figures, feasible, refused = _gathered(pieces, grid.count, len(objectives), told)
    if not len(feasible):
        raise _none_left(refused, grid)
    known = _known(figures[feasible], objectives, compared)
    front = feasible[pareto_front(_better(figures[feasible], objectives, known))]
    front = _best_first(front, figures, objectives, known)
    unknown = tuple(name for name in compared if name not in known)
    settings = {k: text for k, text in evaluator.settings.items() if k not in grid.keys}
    return Explored(
        question, settings, grid, objectives, known, unknown, figures, feasible, front, refused
    )


def _compared(objectives: Sequence[Objective], compare: Sequence[str]) -> tuple[str, ...]:
    names = [objective.name for objective in objectives]
    if unknown := [name for name in compare if name not in names]:
        raise UsageError(
            f"There is no objective {unknown[0][:40]!r}",
            evidence=f"known: {', '.join(names)}",
            code=249,
        )
    return tuple(dict.fromkeys(compare)) or tuple(o.name for o in objectives if o.usual)


def _gathered(
    pieces: Iterator[Piece], count: int, width: int, told: Told
) -> tuple[NDArray[np.float64], NDArray[np.int64], tuple[Refused, ...]]:
    figures = np.full((count, width), np.nan)
    feasible = np.zeros(count, bool)
    refused: dict[str, Refused] = {}
    done = 0
    for piece in pieces:
        size = len(piece.figures)
        figures[piece.first : piece.first + size] = piece.figures
        feasible[piece.first : piece.first + size] = piece.feasible
        for found in piece.refused:
            refused[found.id] = merged(refused.get(found.id), found)
        done += size
        told(done)
    return figures, np.flatnonzero(feasible), tuple(refused[name] for name in sorted(refused))


def _known(
    figures: NDArray[np.float64], objectives: Sequence[Objective], compared: Sequence[str]
) -> tuple[str, ...]:
    """Those that every design has: one that is not known cannot be compared."""
    full = {o.name for o, column in zip(objectives, figures.T, strict=True) if _whole(column)}
    if known := tuple(name for name in compared if name in full):
        return known
    raise UsageError(
        f"{', '.join(compared)} are not known of every design",
        evidence=f"known of all {len(figures):,}: {', '.join(sorted(full)) or 'none'}",
        next_step="Compare by one of these: --objective",
        code=249,
    )


def _whole(column: NDArray[np.float64]) -> bool:
    return not bool(np.isnan(column).any())


def _better(
    figures: NDArray[np.float64], objectives: Sequence[Objective], compared: Sequence[str]
) -> NDArray[np.float64]:
    """[designs, compared]: turned so that more is better."""
    places = {o.name: (i, 1.0 if o.larger else -1.0) for i, o in enumerate(objectives)}
    columns = [figures[:, places[name][0]] * places[name][1] for name in compared]
    return np.stack(columns, axis=1)


def _best_first(
    numbers: NDArray[np.int64],
    figures: NDArray[np.float64],
    objectives: Sequence[Objective],
    compared: Sequence[str],
) -> NDArray[np.int64]:
    better = _better(figures[numbers], objectives, compared)
    return numbers[np.lexsort(-better.T[::-1])]


def _none_left(refused: Sequence[Refused], grid: Grid) -> UsageError:
    most = max(refused, key=lambda found: found.count)
    return UsageError(
        f"None of {grid.count:,} designs can be" if grid.count > 1 else "The design cannot be",
        evidence=f"{most.count:,} as {_words(grid, most.first)}: {most.why} [{most.id}]",
        next_step="Widen the sweep, or change what all designs share",
        code=252,
    )


def _words(grid: Grid, number: int) -> str:
    return " ".join(f"{key}={value}" for key, value in grid.named(number).items())
