"""docs/reference/commands.md: every command with its arguments and options, as click knows them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import click

from edgesdk.cli import options, program

from .prose import NOTE, cell, flowing

_HEAD = f"""{NOTE}
# Commands and their options

What `edgesdk COMMAND --help` says, on one page. [commands.md](../commands.md) shows each command at
work and explains its rules; exit codes and error ids are in [errors.md](../errors.md). Beside each
option stands the variable of the environment that gives it, too; an option that was typed is
stronger. Every command has these, which are not listed again:
"""
_HEADER = ["| option | meaning | default | environment |", "| --- | --- | --- | --- |"]


def commands_page() -> str:
    """The whole page."""
    context = click.Context(program, info_name="edgesdk")
    commands = [
        (name, program.get_command(context, name)) for name in program.list_commands(context)
    ]
    summary = [f"| [`{n}`](#{n}) | {cell(program.summaries[n])} |" for n, _ in commands]
    pages = [piece for name, found in commands if found for piece in _command([name], found)]
    table = "\n".join(["| command | what it does |", "| --- | --- |", *summary])
    every = [_option([], option) for option in _common_options()]
    return "\n".join([_HEAD, *_HEADER, *every, "", table, *pages]) + "\n"


def _common_options() -> list[click.Option]:
    """The options of every command, in their order."""

    @options.common
    def nothing() -> None: ...

    found: list[click.Option] = click.command()(nothing).params  # type: ignore[assignment]
    return found


def _command(words: list[str], command: click.Command) -> Iterator[str]:
    """A command's section; those of its own commands follow it."""
    yield f"\n{'#' * (len(words) + 1)} {' '.join(words)}\n"
    yield f"`edgesdk {' '.join([*words, *_usage(command)])}`\n"
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        yield flowing(paragraph.replace("\b", "")) + "\n"
    common = {option.name for option in _common_options()}
    found = [p for p in command.params if isinstance(p, click.Option) and p.name not in common]
    if found:
        yield from _HEADER
        yield from (_option(words, option) for option in found if not option.hidden)
    if isinstance(command, click.Group):
        for name in command.commands:
            yield from _command([*words, name], command.commands[name])


def _usage(command: click.Command) -> list[str]:
    """What follows a command's name."""
    if isinstance(command, click.Group):
        return ["COMMAND"]
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    shown = [_argument(argument) for argument in arguments]
    return ["[OPTIONS]", *shown]


def _argument(argument: click.Argument) -> str:
    """An argument's name; in brackets where it can be left out."""
    name = argument.metavar or (argument.name or "").upper()
    if argument.nargs == -1:
        name += "..."
    bare = argument.required or name.startswith("[")
    return name if bare else f"[{name}]"


def _option(words: list[str], option: click.Option) -> str:
    """An option's row."""
    value = "" if option.is_flag or option.count else f" {_value(option)}"
    names = ", ".join(f"`{name}{value}`" for name in sorted(option.opts, key=len))
    if option.secondary_opts:
        names += " / " + ", ".join(f"`{name}`" for name in option.secondary_opts)
    meaning = cell(option.help or "") + (" Repeatable." if option.multiple else "")
    return f"| {names} | {meaning} | {_default(option)} | `{_variable(words, option)}` |"


def _value(option: click.Option) -> str:
    """What an option is given."""
    if option.metavar:
        return option.metavar.replace("|", "\\|")
    kind = option.type
    if isinstance(kind, click.Choice):
        return "\\|".join(str(choice) for choice in kind.choices)
    if isinstance(kind, (click.IntRange, click.FloatRange)):
        return _range(kind)
    return {"integer": "N", "float": "NUMBER", "text": "TEXT"}.get(kind.name, kind.name.upper())


def _range(kind: Any) -> str:
    """The values that a number may have."""
    low = "" if kind.min is None else f"{kind.min}{'<' if kind.min_open else '..'}"
    high = "" if kind.max is None else f"{'<' if kind.max_open else ''}{kind.max}"
    return low + high if high else f"N {'>' if kind.min_open else '>='} {kind.min}"


def _default(option: click.Option) -> str:
    """What holds without the option, where that is a plain value."""
    value = option.default
    plain = isinstance(value, (int, float, str)) and not isinstance(value, bool)
    return f"`{value}`" if plain and value != "" else ""


def _variable(words: list[str], option: click.Option) -> str:
    """The variable of the environment that gives an option."""
    if option.envvar:
        return option.envvar if isinstance(option.envvar, str) else "`, `".join(option.envvar)
    return "_".join(["EDGESDK", *words, option.name or ""]).upper().replace("-", "_")
