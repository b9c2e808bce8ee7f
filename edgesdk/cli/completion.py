"""``edgesdk completion``: scripts for bash, zsh and fish."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from ..errors import InternalFault
from .options import common
from .output import Output

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@common
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print a completion script for a shell.

    \b
    bash:  edgesdk completion bash > ~/.local/share/bash-completion/completions/edgesdk
    zsh:   edgesdk completion zsh > a folder of $fpath, as _edgesdk
    fish:  edgesdk completion fish > ~/.config/fish/completions/edgesdk.fish
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise InternalFault(f"click has no completion for {shell}", code=20)
    script = kind(context.find_root().command, {}, "edgesdk", "_EDGESDK_COMPLETE").source()
    context.ensure_object(Output).result(script.strip(), shell=shell, script=script)
