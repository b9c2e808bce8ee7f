"""What click found wrong with a command line, as one of our errors that leads on."""

from __future__ import annotations

import re
from pathlib import Path

import click
from click.core import ParameterSource

from ..errors import UsageError
from ..nearest import nearest

_EXTRA = re.compile(r"Got unexpected extra arguments? \((.*)\)", re.DOTALL)
_COMMAND = re.compile(r"No such command '(.*?)'.*", re.DOTALL)
_GUESS = re.compile(r"[.]? (?:Did you mean|[(]Possible)")  # click's own
_OF_COMMANDS = {"--json", "--jsonl", "--quiet", "--verbose", "--device", "-d", "-q", "-v"}
_ADDRESS = re.compile(r"[a-z][a-z0-9]*:\S*")


def usage(error: click.ClickException) -> UsageError:
    """The same as ``UsageError`` (EDGE-0201)."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "edgesdk"
    hint = _wrong_word(error, context) if context else ""
    message = error.format_message().rstrip(".")
    if hint:
        message = _GUESS.split(message)[0]
    message += _from_environment(error)
    missing = error.param if isinstance(error, click.MissingParameter) else None
    hint = hint or (_extra_argument(message, context) if context else "")
    return UsageError(
        message,
        evidence=getattr(missing, "help", None) or "",
        next_step=f"{hint} See '{command} --help'".strip(),
    )


def _from_environment(error: click.ClickException) -> str:
    """The variable that a wrong value comes from, in brackets; "" for one that was typed."""
    if not isinstance(error, click.BadParameter) or error.param is None or error.ctx is None:
        return ""
    parameter, context = error.param, error.ctx
    name = parameter.name or ""
    if context.get_parameter_source(name) is not ParameterSource.ENVIRONMENT:
        return ""
    return f" (from {parameter.envvar or f'{context.auto_envvar_prefix}_{name.upper()}'})"


def _wrong_word(error: click.ClickException, context: click.Context) -> str:
    """Where an option that there is not belongs, or which command of a group was meant."""
    if isinstance(error, click.NoSuchOption):
        name = error.option_name
        if context.parent is None and name in _OF_COMMANDS:
            return f"Options come after the command, as in 'edgesdk devices {name}'."
        if context.info_name == "compile" and name in ("-d", "--device"):
            from ..registry import target_examples

            return f"Compiling needs no device: give --target, one of {target_examples()}."
        if context.info_name == "deploy" and name in ("-t", "--target"):
            return "A deploy compiles for the target of its --device."
    found = _COMMAND.fullmatch(error.format_message())
    if found is None or not isinstance(context.command, click.Group):
        return ""
    meant = nearest(found[1], context.command.commands)
    return f"Did you mean '{context.command_path} {meant}'?" if meant else ""


def _extra_argument(message: str, context: click.Context) -> str:
    """What an argument too many may have been meant for."""
    found = _EXTRA.fullmatch(message)
    if found is None:
        return ""
    from .inputs import READABLE

    extra = found[1].split(" ")[0]
    names = {parameter.name for parameter in context.command.params}
    if "device" in names and _ADDRESS.fullmatch(extra):
        return f"Did you mean --device {extra}?"
    if "inputs" in names and Path(extra).suffix.lower() in READABLE:
        return f"Did you mean --input {extra}?"
    if "prompt" in names:
        return 'A text of several words goes in quotes, as in "Once upon a time".'
    return ""
