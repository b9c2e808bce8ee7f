"""``edgesdk predict --sweep``: many designs, and the front of those that no other one beats."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ...errors import UsageError
from ..options import FILE
from ..output import Output
from ..text import counted

if TYPE_CHECKING:
    from ...explore import Explored, Grid
    from ...predict import Question
    from ...predict.model import Subject

F = TypeVar("F", bound=Callable[..., Any])

_USUAL_CONTEXT = 1000  # positions


@dataclass(frozen=True)
class Sweeping:
    """What the options of a sweep said. ``limit``: rows of the table, 0 for all."""

    sweep: tuple[str, ...]
    every: bool
    objective: tuple[str, ...]
    csv: Path | None
    plot: Path | None
    limit: int
    jobs: int
    dask: str


_OPTIONS = (
    click.option(
        "--sweep",
        multiple=True,
        metavar="KEY=RANGE",
        help="Predict many designs: channels=8..64 doubles, chips=2..16:2 steps, "
        "weights=w8a8,w4a16 lists. Repeat for all combinations.",
    ),
    click.option(
        "--pareto/--all",
        "pareto",
        default=None,
        help="Of a sweep: the designs that no other one beats (default), or all.",
    ),
    click.option(
        "--objective", multiple=True, metavar="NAME", help="Of a sweep: compare by this. Repeat."
    ),
    click.option("--csv", type=FILE, help="Of a sweep: write all designs that can be."),
    click.option("--plot", type=FILE, help="Of a sweep: draw it, as .png, .svg or .pdf."),
    click.option(
        "--limit", type=click.IntRange(0), metavar="N", help="Of a sweep: rows shown. Default: 25."
    ),
    click.option("--jobs", type=click.IntRange(1, 256), metavar="N", help="Of a sweep: processes."),
    click.option("--dask", metavar="ADDRESS", help="Of a sweep: use this Dask scheduler."),
)


def sweep_options(function: F) -> F:
    """The options of a sweep; the command gets one keyword ``sweep``, None where there is none.

    Raises ``UsageError`` (EDGE-02254) for one of them without ``--sweep``, or two that contradict.
    """

    @wraps(function)
    def gathered(*arguments: Any, **options: Any) -> Any:
        mine = {name: options.pop(name) for name in _NAMES}
        return function(*arguments, sweep=_sweeping(mine), **options)

    for option in reversed(_OPTIONS):
        gathered = option(gathered)
    return gathered  # type: ignore[return-value]


_NAMES = tuple("pareto" if item.name == "every" else item.name for item in fields(Sweeping))


def _sweeping(options: Mapping[str, Any]) -> Sweeping | None:
    if options["dask"] == "":
        raise _contradicts("--dask is empty", "Give the address that 'dask scheduler' printed")
    if options["jobs"] and options["dask"]:
        raise _contradicts("--jobs is of this machine, and --dask of a cluster", "Leave one out")
    if options["sweep"]:
        limit = 25 if options["limit"] is None else options["limit"]
        every = options["pareto"] is False
        rest = {name: options[name] for name in ("sweep", "objective", "csv", "plot")}
        jobs, dask = options["jobs"] or 0, options["dask"] or ""
        return Sweeping(every=every, limit=limit, jobs=jobs, dask=dask, **rest)
    if given := [name for name, value in options.items() if value not in (None, ())]:
        name = "pareto or --all" if given[0] == "pareto" else given[0]
        raise _contradicts(
            f"--{name} belongs to a sweep, and there is none",
            "Add --sweep, for example: --sweep channels=8..64",
        )
    return None


def _contradicts(what: str, next_step: str, evidence: str = "") -> UsageError:
    return UsageError(what, evidence=evidence, next_step=next_step, code=254)


def run_sweep(
    out: Output,
    subject: Subject,
    target: str,
    options: Mapping[str, str],
    sweep: Sweeping,
    *,
    contexts: Sequence[int] = (),
) -> None:
    """Do a sweep and show it.

    ``contexts``: at most one length to decode after, by default 1000 or as far as the model goes.
    Raises ``UsageError``: EDGE-02254 for more of them, or one where contexts are swept, and what
    ``explore`` raises.
    """
    from ...explore.grid import read_grid
    from . import sweep_files as files

    grid = read_grid(sweep.sweep)
    files.check(sweep.csv, sweep.plot)
    question = _question(subject, target, options, contexts, grid)
    started = time.perf_counter()
    found = _explored(out, question, grid, sweep)
    seconds = time.perf_counter() - started
    if sweep.csv:
        files.write_csv(sweep.csv, found)
    if sweep.plot:
        files.write_plot(sweep.plot, found)
    _show(out, found, sweep, seconds)


def _question(
    subject: Subject,
    target: str,
    options: Mapping[str, str],
    contexts: Sequence[int],
    grid: Grid,
) -> Question:
    from ...predict import ask

    given = f"got --context {' and '.join(map(str, contexts))}"
    if contexts and "context" in grid.keys:
        raise _contradicts("context is set and swept", "Leave one of the two out", given)
    if len(contexts) > 1:
        swept = "Sweep it: --sweep context=" + ",".join(map(str, contexts))
        raise _contradicts("A sweep decodes after one length", swept, given)
    usual = min(_USUAL_CONTEXT, max(subject.shape.context - 1, 1))
    return ask(subject, target, options, contexts=tuple(contexts) or (usual,))


def _explored(out: Output, question: Question, grid: Grid, sweep: Sweeping) -> Explored:
    from ...explore import explore

    with _progress(out, grid) as told:
        return explore(
            question,
            grid,
            compare=sweep.objective,
            jobs=sweep.jobs,
            scheduler=sweep.dask,
            told=told,
        )


@contextmanager
def _progress(out: Output, grid: Grid) -> Iterator[Callable[[int], None]]:
    """How many designs there are, when they begin; then a bar, on a terminal."""
    bar: Any = None

    def told(done: int) -> None:
        nonlocal bar
        if not done:
            out.note(f"{counted(grid.count, 'design')}: {grid.sizes()}")
            if not out.quiet and sys.stderr.isatty():
                bar = click.progressbar(length=grid.count, label="designs", file=sys.stderr)
                bar.render_progress()
        elif bar:
            bar.update(done - bar.pos)

    try:
        yield told
    finally:
        if bar:
            bar.render_finish()


def _show(out: Output, found: Explored, sweep: Sweeping, seconds: float) -> None:
    from .sweep_view import as_dict, as_text, notes

    for note in notes(found):
        out.note(note)
    out.note(f"in {seconds:.1f} s, {found.grid.count / seconds:,.0f} designs a second")
    text = as_text(found, every=sweep.every, limit=sweep.limit)
    out.result(text, sweep=as_dict(found, every=sweep.every and out.json))
