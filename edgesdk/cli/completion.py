"""``edgesdk completion``: what bash, zsh and fish need to complete commands, devices and models."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ..config import home_folder
from ..errors import UsageError
from .completion_scripts import BASH, FISH, ZSH
from .options import common
from .output import Output

SCRIPTS = {"bash": BASH.strip(), "zsh": ZSH.strip(), "fish": FISH.strip()}
_NEXT = {
    "bash": "It works in new shells where the package bash-completion is installed",
    "zsh": "Once, in ~/.zshrc: fpath=({folder} $fpath); autoload -U compinit; compinit",
    "fish": "It works in new shells",
}


@click.command()
@click.argument("shell", type=click.Choice(list(SCRIPTS)))
@click.option("--install", is_flag=True, help="Write it where the shell looks for it.")
@common
@click.pass_obj
def command(out: Output, shell: str, install: bool) -> None:
    """Print a completion script for a shell, or install it.

    Tab then completes commands, options, devices, and the models on them.
    """
    script = SCRIPTS[shell]
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


def _place(shell: str) -> Path:
    """The file in which a user's shell looks for the completion of ``edgesdk``."""
    home = home_folder()
    if shell == "zsh":
        return home / ".zfunc" / "_edgesdk"
    if shell == "fish":
        folder = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
        return folder / "fish" / "completions" / "edgesdk.fish"
    folder = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return folder / "bash-completion" / "completions" / "edgesdk"
