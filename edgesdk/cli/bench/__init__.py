"""``edgesdk bench``: measure, and compare."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from ...bench import bench
from ...errors import UsageError
from ..generate.view import StatusLine
from ..options import FILE, common, events, typed
from ..output import Output
from ..suggestions import addresses
from ..suggestions import models as models_there
from . import bit_errors
from . import report as html_report
from .contenders import contenders_of
from .inputs import Wanted
from .view import as_text

TIMING = ("inputs", "prompts", "runs", "warmup", "seconds", "report")  # options


@click.command()
@click.argument("models", metavar="MODEL...", nargs=-1, required=True, shell_complete=models_there)
@click.option(
    "-d",
    "--device",
    "devices",
    multiple=True,
    envvar="EDGESDK_DEVICE",
    metavar="ADDRESS",
    shell_complete=addresses,
    help="The device; give it again for each one to compare. Default: the configured one.",
)
@click.option(
    "-i",
    "--input",
    "inputs",
    multiple=True,
    metavar="[NAME=]FILE",
    help="As for 'run'; of a model with one input, several files are several sets.",
)
@click.option(
    "--prompt",
    "prompts",
    multiple=True,
    metavar="TEXT",
    help="What a language model continues; several are several sets.",
)
@click.option("--runs", type=click.IntRange(1), default=200, show_default=True, help="At most.")
@click.option("--warmup", type=click.IntRange(0), default=10, show_default=True, help="Not timed.")
@click.option(
    "--seconds",
    type=click.FloatRange(0, min_open=True),
    default=10.0,
    show_default=True,
    help="Of devices, and then of emulators: stop after this long, with fewer runs.",
)
@click.option("--report", type=FILE, metavar="FILE.html", help="Write a page with plots, too.")
@bit_errors.error_options
@events
@common
@click.pass_obj
def command(
    out: Output,
    /,
    *,
    models: tuple[str, ...],
    devices: tuple[str, ...],
    inputs: tuple[str, ...],
    prompts: tuple[str, ...],
    report: Path | None,
    **settings: Any,
) -> None:
    """Measure latency, throughput, memory and load time, and compare answers.

    A model is an installed one's name, a bundle (.edge), or a source model such as sound.onnx,
    which is compiled for each device and deployed to nothing. Several models, or devices, are
    measured side by side: the same inputs for all, devices in turns and then emulators in turns,
    and how far their answers are apart. Bundles go to the devices that they were compiled for.
    Without --input, inputs are drawn from the model's specification with a fixed seed.

    With --errors nothing is timed: the device's memory gets wrong bits, and the table says how far
    the logits of a language model move, how many next tokens stay and how its perplexity changes,
    with and without the correction that the bundle was compiled for.
    """
    given = {name: settings.pop(name) for name in bit_errors.NAMES}
    _check_together(given["errors"] is not None)
    if given["errors"] is not None:
        bit_errors.run(out, models, devices, given)
        return
    if report is not None:
        html_report.check(report)
    wanted = Wanted(inputs, prompts, out)
    with ExitStack() as stack:
        contenders = contenders_of(models, devices, wanted, stack)
        line = StatusLine(out)
        try:
            record = bench(contenders, on_run=_progress(out, line), **settings)
        finally:
            line.clear()
    out.attach(**record.as_dict())
    out.text(as_text(record))
    if report is not None:
        asked = {"input": inputs, "prompt": prompts, **settings}
        addresses = devices or (record.results[0].device,)
        html_report.write(report, record, html_report.commands(models, addresses, asked, record))
        out.note(f"the report is in {report}")
    out.result("")


def _check_together(errors: bool) -> None:
    """An option of one kind of measurement says nothing in the other.

    Raises ``UsageError`` (EDGE-02278).
    """
    if option := typed(TIMING if errors else bit_errors.NAMES):
        raise UsageError(
            f"{option} {'is for timing' if errors else 'belongs to --errors'}",
            evidence=f"--errors, which times nothing, is {'' if errors else 'not '}given",
            next_step="Leave it out" + ("" if errors else ", or give both"),
            code=278,
        )


def _progress(out: Output, line: StatusLine) -> Callable[[int, int], None]:
    """Tell of every tenth of the runs, as events; on a terminal also on one line of stderr."""

    def tell(done: int, of: int) -> None:
        line.show(f"{done} of {of} runs" if done else "warming up")
        if done and (done % max(1, of // 10) == 0 or done == of):
            out.event("progress", stage="bench", done=done, total=of)

    return tell
