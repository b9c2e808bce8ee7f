"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from ..errors import UsageError
from .output import Output
from .suggestions import addresses

F = TypeVar("F", bound=Callable[..., Any])

FILE = click.Path(path_type=Path, readable=False)  # whoever opens it says more


def common(function: F) -> F:
    """``--json``, ``--quiet`` and ``--verbose``; they set up the command's ``Output``."""
    function = _flag("verbose", "-v", "--verbose", help="Show a stack trace on failure.")(function)
    function = _flag("quiet", "-q", "--quiet", help="No notes and no progress.")(function)
    return _flag("json", "--json", help="Print one JSON object on stdout, on failure too.")(
        function
    )


def events(function: F) -> F:
    """``--jsonl``, for commands that take a while."""
    return _flag("events", "--jsonl", help="Print one JSON object per event on stdout.")(function)


def device(function: F) -> F:
    """``--device``: an address, or a name from edgesdk.toml."""
    return click.option(
        "-d",
        "--device",
        envvar="EDGESDK_DEVICE",
        metavar="ADDRESS",
        shell_complete=addresses,
        help="The device's address, or its name in edgesdk.toml. Default: the configured one.",
    )(function)


def typed(names: Collection[str], but: Collection[str] = ()) -> str:
    """The first option among the parameters that was given on the command line, or ""."""
    context = click.get_current_context()
    found = (
        parameter.opts[-1]
        for parameter in context.command.params
        if parameter.name in names
        and parameter.name not in but
        and context.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE
    )
    return next(found, "")


def not_over(output: Path | None, inputs: Iterable[Path | str]) -> None:
    """Refuse an output that would take an input's place. Raises ``UsageError`` (EDGE-02297)."""
    for given in inputs:
        if output is not None and _same(output, Path(given)):
            raise UsageError(
                f"The output {output} would take the place of the input {given}",
                next_step="Give the output another name",
                code=297,
            )


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):  # one is not there, or is no path
        return False


def _flag(attribute: str, *names: str, help: str) -> Callable[[F], F]:
    def remember(context: click.Context, parameter: click.Parameter, value: bool) -> None:
        out = context.find_object(Output)
        if out is not None and value:
            setattr(out, attribute, True)
            if out.json and out.events:
                raise UsageError("Give --json or --jsonl, not both", code=30)

    return click.option(
        *names,
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=remember,
        envvar=f"EDGESDK_{names[-1].strip('-').upper()}",
        help=help,
    )


def pairs(texts: tuple[str, ...], option: str) -> dict[str, str]:
    """``key=value`` texts as a mapping. Raises ``UsageError`` (EDGE-0221)."""
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key or key in found:
            raise UsageError(
                f"{option} takes key=value, each key once; got {text!r}",
                next_step=f"For example: {option} threads=2",
                code=21,
            )
        found[key] = value
    return found
