"""``edgesdk predict``: how fast a model would be on a target, modelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...errors import UsageError
from ...predict import ask, predicting
from ...predict.model import read_subject
from ...predict.target import target_of
from ..options import FILE, common, not_over, pairs
from ..output import Output
from . import details as in_detail
from . import view as in_short
from .sweep import Sweeping, run_sweep, sweep_options
from .trace import write_trace

if TYPE_CHECKING:
    from ...predict.model import Subject


@click.command()
@click.argument("model", metavar="MODEL")
@click.option(
    "-t", "--target", metavar="TARGET", help="For example fpga:kv260 or nand:cambricon-l."
)
@click.option(
    "-d",
    "--device",
    metavar="ADDRESS",
    help="An address that says it all, for example emu:nand?preset=cambricon-l.",
)
@click.option(
    "--option", "options", multiple=True, metavar="KEY=VALUE", help="For the backend. Repeat."
)
@click.option(
    "--prompt",
    "prompts",
    type=int,
    multiple=True,
    metavar="TOKENS",
    help="Tokens of a prompt. Repeat for more. Default: 64, 128 and 512.",
)
@click.option(
    "--context",
    "contexts",
    type=int,
    multiple=True,
    metavar="POSITIONS",
    help="Positions before the next token. Repeat for more. Default: 128, 512 and 1024; of a "
    "sweep, one: 1000.",
)
@click.option("--details", is_flag=True, help="Show all: parts, energy, resources, assumptions.")
@click.option(
    "--trace",
    type=FILE,
    help="Write a time line of a token after the first --context, for Perfetto or "
    "chrome://tracing.",
)
@sweep_options
@common
@click.pass_obj
def command(
    out: Output,
    /,
    model: str,
    target: str | None,
    device: str | None,
    options: tuple[str, ...],
    **asked: Any,
) -> None:
    """Predict how fast a language model would be on a target. Needs no device and no weights.

    MODEL is any source model, a bundle, a config.json of Hugging Face, a file of sizes, or the
    name of one that comes with edgesdk, such as llama-2-7b or bitnet-2b4t. Every number is
    modelled: a band from best to worst, with its assumptions, what others published and a physical
    ceiling beside it.
    """
    sweep: Sweeping | None = asked["sweep"]
    for output in (asked["trace"], *((sweep.csv, sweep.plot) if sweep else ())):
        not_over(output, [model])
    subject = read_subject(model)
    chosen = target_of(target, device, subject.target)
    settings = chosen.with_options(pairs(options, "--option"))
    if sweep:
        _sweep(out, subject, chosen.target, settings, **asked)
    else:
        _predict(out, subject, chosen.target, settings, **asked)
    if chosen.apart:
        out.note(f"of the address, a prediction does not depend on {', '.join(chosen.apart)}")


def _sweep(
    out: Output,
    subject: Subject,
    target: str,
    options: Mapping[str, str],
    *,
    sweep: Sweeping,
    contexts: Sequence[int],
    **single: Any,
) -> None:
    """Many designs, compared by one token each."""
    names = {"prompts": "--prompt", "details": "--details", "trace": "--trace"}
    if given := [name for key, name in names.items() if single[key]]:
        raise UsageError(
            f"{given[0]} is of one design, and --sweep of many",
            next_step="Predict one of them without --sweep",
            code=231,
        )
    run_sweep(out, subject, target, options, sweep, contexts=contexts)


def _predict(
    out: Output,
    subject: Subject,
    target: str,
    options: Mapping[str, str],
    *,
    prompts: Sequence[int],
    contexts: Sequence[int],
    details: bool,
    trace: Path | None,
    **_: Any,
) -> None:
    question = ask(subject, target, options, prompts=prompts, contexts=contexts)
    found = predicting(target).predict(question)
    if trace:
        write_trace(trace, question)
    view = in_detail if details else in_short
    out.result(view.as_text(found), prediction=found.as_dict())
    for note in found.notes:
        out.note(note)
    if trace:
        out.note(f"time line in {trace}: open it at ui.perfetto.dev or chrome://tracing")
