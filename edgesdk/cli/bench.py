"""``edgesdk bench``: measure, and compare."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import click

import edgesdk

from ..backend import Arrays, Session
from ..bench import BenchRecord, Contender, Figure, Measured, bench
from ..compiler import SEED
from ..errors import UsageError
from ..samples import draw
from ..sensing.streaming import StreamingSession
from . import bench_errors
from .inputs import read_inputs
from .opening import describe
from .options import common, events, typed
from .output import Output
from .text import number, table

TIMING = ("inputs", "runs", "warmup", "seconds")  # options


@click.command()
@click.argument("models", metavar="NAME_OR_BUNDLE [SECOND]", nargs=-1, required=True)
@click.option(
    "-d",
    "--device",
    "devices",
    multiple=True,
    envvar="EDGESDK_DEVICE",
    metavar="ADDRESS",
    help="The device; give it twice to compare two. Default: the configured one.",
)
@click.option("-i", "--input", "inputs", multiple=True, metavar="[NAME=]FILE", help="As for 'run'.")
@click.option("--runs", type=click.IntRange(1), default=200, show_default=True, help="At most.")
@click.option("--warmup", type=click.IntRange(0), default=10, show_default=True, help="Not timed.")
@click.option(
    "--seconds",
    type=click.FloatRange(0, min_open=True),
    default=10.0,
    show_default=True,
    help="Stop after this long, with fewer runs.",
)
@bench_errors.error_options
@events
@common
@click.pass_obj
def command(
    out: Output,
    /,
    models: tuple[str, ...],
    devices: tuple[str, ...],
    inputs: tuple[str, ...],
    **settings: Any,
) -> None:
    """Measure latency, throughput, memory and load time.

    Two models, or one model on two devices, run in turns, and the ratio of the second to the first
    is printed. Without --input, inputs are drawn from the model's specification with a fixed seed.

    With --errors nothing is timed: the device's memory gets wrong bits, and the table says how far
    the logits of a language model move, how many next tokens stay and how its perplexity changes,
    with and without the correction that the bundle was compiled for.
    """
    given = {name: settings.pop(name) for name in bench_errors.NAMES}
    _check_together(given["errors"] is not None)
    if given["errors"] is not None:
        bench_errors.run(out, models, devices, given)
        return
    with ExitStack() as stack:
        contenders = [
            _contender(model, address, inputs, out, stack)
            for model, address in _matched(models, devices)
        ]
        record = bench(contenders, on_run=_progress(out), **settings)
    out.result(as_text(record), **record.as_dict())


def _check_together(errors: bool) -> None:
    """An option of one kind of measurement says nothing in the other.

    Raises ``UsageError`` (EDGE-02278).
    """
    if option := typed(TIMING if errors else bench_errors.NAMES):
        raise UsageError(
            f"{option} {'is for timing' if errors else 'belongs to --errors'}",
            evidence=f"--errors, which times nothing, is {'' if errors else 'not '}given",
            next_step="Leave it out" + ("" if errors else ", or give both"),
            code=278,
        )


def _matched(models: Sequence[str], devices: Sequence[str]) -> list[tuple[str, str | None]]:
    """Which model runs on which device: one or two pairs."""
    if len(models) > 2 or len(devices) > 2:
        raise UsageError("At most two models and two devices can be compared", code=34)
    count = max(len(models), len(devices), 1)
    addresses: Sequence[str | None] = devices or (None,)
    return [
        (models[min(i, len(models) - 1)], addresses[min(i, len(addresses) - 1)])
        for i in range(count)
    ]


def _contender(
    what: str, address: str | None, files: Sequence[str], out: Output, stack: ExitStack
) -> Contender:
    device = stack.enter_context(edgesdk.connect(address))
    info = device.info
    found = describe(what, device, stack)

    def inputs(session: Session) -> Arrays:
        if isinstance(session, StreamingSession) and not files:
            raise UsageError(
                "A sensing program has no latency of its own: it listens to a recording",
                next_step="Give it one with --input NAME=FILE for each stream, or count its "
                "instructions for each second of signal: edgesdk run NAME --stream FILE",
                code=66,
            )
        if files:
            return read_inputs(files, session.inputs, out.note, found.frontend)
        return draw(session.inputs, 1, SEED)[0]

    return Contender(
        found.name,
        found.version,
        info.address,
        info.target,
        found.open,
        inputs,
        " ".join(files) or f"drawn from the specification, seed {SEED}",
        local=info.local,
        emulated=info.emulated,
    )


def _progress(out: Output) -> Callable[[int, int], None]:
    """Tell of every tenth of the runs, as events; on a terminal also on one line of stderr."""
    terminal = sys.stderr.isatty() and not out.quiet

    def tell(done: int, of: int) -> None:
        if done % max(1, of // 10) and done != of:
            return
        out.event("progress", stage="bench", done=done, total=of)
        if terminal:
            click.echo(f"\r{done} of {of} runs ", nl=done == of, err=True)

    return tell


def as_text(record: BenchRecord) -> str:
    """The record for people: a column for each model."""
    names = list(dict.fromkeys(name for result in record.results for name in result.figures))
    rows = [
        [
            name,
            *(_figure(result.figures.get(name)) for result in record.results),
            _how(record, name),
        ]
        for name in names
    ]
    header = ["", *(_title(result) for result in record.results), "HOW"]
    text = (
        table(rows, header) + f"\n{record.settings['runs']} runs, after {record.settings['warmup']}"
    )
    if record.comparison is None:
        return text
    low, middle, high = record.comparison.of_pairs
    return (
        f"{text}, in turns\nratio of medians, second to first: "
        f"{record.comparison.ratio_of_medians:.3f}; of pairs: {middle:.3f} "
        f"(p25 {low:.3f}, p75 {high:.3f})"
    )


def _title(result: Measured) -> str:
    return f"{result.model} {result.version} on {result.device}"


def _how(record: BenchRecord, name: str) -> str:
    """How a figure was obtained; the notes of both where they differ."""
    figures = [r.figures[name] for r in record.results if name in r.figures]
    notes = list(dict.fromkeys(figure.note for figure in figures if figure.note))
    return figures[0].how + (f" ({'; second: '.join(notes)})" if notes else "")


def _figure(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return "-"
    if figure.unit == "B":
        return number(int(figure.value))
    if figure.unit == "s":
        return (
            f"{figure.value * 1e3:.3f} ms"
            if figure.value >= 1e-3
            else f"{figure.value * 1e6:.1f} us"
        )
    band = f" ({figure.band[0]:.4g} to {figure.band[1]:.4g})" if figure.band else ""
    value = f"{figure.value:,}".replace(",", " ") if isinstance(figure.value, int) else ""
    return f"{value or format(figure.value, '.4g')} {figure.unit}{band}"
