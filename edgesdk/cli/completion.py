"""``edgesdk completion``: what bash, zsh and fish need to complete commands, devices and models."""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from ..errors import InternalFault, UsageError
from .completion_scripts import BASH, ZSH
from .options import common
from .output import Output

SHELLS = ("bash", "zsh", "fish")
_NEXT = {
    "bash": "It works in new shells where the package bash-completion is installed",
    "zsh": "Once, in ~/.zshrc: fpath=({folder} $fpath); autoload -U compinit; compinit",
    "fish": "It works in new shells",
}


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.option("--install", is_flag=True, help="Write it where the shell looks for it.")
@common
@click.pass_context
def command(context: click.Context, shell: str, install: bool) -> None:
    """Print a completion script for a shell, or install it.

    Tab then completes commands, options, devices, and the models on them.
    """
    out = context.ensure_object(Output)
    script = _script(context, shell)
    if not install:
        out.result(script, shell=shell, script=script)
        return
    file = _place(shell)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(script + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{file} cannot be written",
            evidence=str(error),
            next_step=f"Write it elsewhere: edgesdk completion {shell} > FILE",
            code=301,
        ) from None
    after = _NEXT[shell].format(folder=file.parent)
    out.result(f"{file}\n{after}", shell=shell, file=str(file), next=after)


def _script(context: click.Context, shell: str) -> str:
    ours = {"bash": BASH, "zsh": ZSH}.get(shell)
    if ours is not None:
        return ours.strip()
    kind = get_completion_class(shell)
    if kind is None:
        raise InternalFault(f"click has no completion for {shell}", code=20)
    return kind(context.find_root().command, {}, "edgesdk", "_EDGESDK_COMPLETE").source().strip()


def _place(shell: str) -> Path:
    """The file in which a user's shell looks for the completion of ``edgesdk``."""
    home = Path.home()
    if shell == "zsh":
        return home / ".zfunc" / "_edgesdk"
    if shell == "fish":
        folder = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
        return folder / "fish" / "completions" / "edgesdk.fish"
    folder = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return folder / "bash-completion" / "completions" / "edgesdk"
