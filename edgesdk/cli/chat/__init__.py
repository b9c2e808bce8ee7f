"""``edgesdk chat``: talking with a language model."""

from __future__ import annotations

from typing import Any

import click

from ...decoder.generation_model import as_decoder, tokenizer_of
from ...decoder.prefix import PrefixCache
from ...errors import DoesNotFit, UsageError
from ..generate.options import SAMPLING, sampling, settings_of
from ..opening import connect, opened
from ..options import common, device, events
from ..output import Output
from ..suggestions import models
from ..termination import termination
from .history import History
from .input import is_terminal, read_line
from .talk import Talk, answer, report
from .talk import command as run_command

_ROOM = 256  # tokens that are kept for an answer, where --max-tokens says nothing


@click.command()
@click.argument("model", metavar="NAME_OR_BUNDLE", shell_complete=models)
@device
@click.option("--system", metavar="TEXT", help="What the model is told before the conversation.")
@click.option(
    "-n",
    "--max-tokens",
    "maximum",
    type=click.IntRange(1),
    metavar="N",
    help="Most tokens of an answer. Default: what the context has room for.",
)
@sampling
@click.option("--stats", is_flag=True, help="Tell tokens, speeds and the seed on stderr.")
@events
@common
@click.pass_obj
def command(out: Output, /, *, model: str, device: str | None, **given: Any) -> None:
    """Talk with a language model.

    A line is a message, from the terminal or a pipe; answers go to stdout as they come. Ctrl-C
    stops an answer, Ctrl-D ends. /reset forgets the conversation, /save FILE keeps it as JSON,
    /help tells more, /quit ends.

    The messages are put together as the model's own chat template says. When they no longer fit
    into its context, the oldest are forgotten, and a note says so.

    By default a token is drawn as llama.cpp does: of the 40 likeliest, those that make up 95 % of
    the probability and have at least 5 % of the likeliest one's, at temperature 0.8, which is
    applied last. --temperature 0 takes the likeliest token: the same answers every time.
    """
    settings = settings_of({name: given[name] for name in SAMPLING}, given["maximum"])
    with (
        connect(out, device) as connected,
        opened(model, connected) as (found, session),
    ):
        info = connected.info
        out.attach(model=found.name, version=found.version, device=info.address)
        decoder = as_decoder(session)
        tokenizer = tokenizer_of(decoder)
        if not tokenizer.template:
            out.note("the model has no chat template: it is given a plain transcript")
        room = given["maximum"] or _ROOM
        history = History(tokenizer, given["system"], decoder.context, room)
        told = given["stats"], info.emulated
        talk = Talk(out, PrefixCache(decoder), tokenizer, settings, history, *told)
        try:
            _talk(talk)
        finally:
            out.attach(messages=history.messages)
        out.result("")


def _talk(talk: Talk) -> None:
    """Until the user ends it, or nobody reads the answers any more."""
    interactive = is_terminal()
    with termination(interrupts=True) as ended:
        if interactive:
            talk.out.note("/help tells what you can do; Ctrl-D ends")
        going = True
        while going:
            try:
                going = _turn(talk, interactive)
            except (UsageError, DoesNotFit) as error:  # the second of a full disk
                report(talk, error, interactive)
            except KeyboardInterrupt:
                if ended.is_set() or not interactive:
                    raise
                talk.out.interrupted = False
                talk.out.say("\nCtrl-D or /quit ends")
            if ended.is_set():
                raise KeyboardInterrupt


def _turn(talk: Talk, interactive: bool) -> bool:
    """One line. Returns whether to go on."""
    line = read_line()
    if line is None:
        if interactive:
            talk.out.say("")
        return False
    if not line.strip():
        return True
    if line.startswith("/") and not line.startswith("//"):
        return run_command(talk, line)
    return answer(talk, line.removeprefix("/") if line.startswith("//") else line, interactive)
