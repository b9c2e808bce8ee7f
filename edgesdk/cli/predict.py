"""``edgesdk predict``: how fast a model would be on a target, modelled."""

from __future__ import annotations

from typing import Any

import click

from ..errors import UsageError
from ..predict import predict
from ..predict_model import read_subject
from .options import common, pairs
from .output import Output
from .predict_view import as_text


@click.command()
@click.argument("model", metavar="MODEL")
@click.option("-t", "--target", metavar="TARGET", help="For example fpga:kv260.")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="For the backend.")
@click.option(
    "--prompt", "prompts", type=int, multiple=True, help="Tokens of a prompt. Repeat for more."
)
@click.option(
    "--context", "contexts", type=int, multiple=True, help="Positions before the next token."
)
@common
@click.pass_obj
def command(
    out: Output, /, model: str, target: str | None, options: tuple[str, ...], **lengths: Any
) -> None:
    """Predict how fast a language model would be on a target. Needs no device and no weights.

    MODEL is any source model, a bundle for an FPGA, a config.json, a file of sizes, or the name
    of one that comes with edgesdk: bitnet-0.73b, bitnet-2b4t. Every number is modelled: a band from
    best to worst, with its assumptions, what others published and a physical ceiling beside it.
    """
    subject = read_subject(model)
    chosen = target or subject.target
    if not chosen:
        raise UsageError(
            "A prediction needs a target",
            next_step="For example: --target fpga:kv260",
            code=194,
        )
    found = predict(subject, chosen, pairs(options, "--option"), **lengths)
    for note in found.notes:
        out.note(note)
    out.result(as_text(found), prediction=found.as_dict())
