"""``edgesdk agent``: this machine as a board of another one."""

from __future__ import annotations

import click

from ..agent.agent import serve_stdio
from ..errors import UsageError
from .options import common
from .output import Output


@click.command()
@click.option("--stdio", is_flag=True, help="Over standard input and output; the only way.")
@common
@click.pass_obj
def command(out: Output, stdio: bool) -> None:
    """Serve a device of this board to a host.

    A host starts this through OpenSSH when it is given an address such as ssh://user@board/cpu:,
    and it ends with the connection. docs/agent-protocol.md says what goes over it.
    """
    if not stdio:
        raise UsageError("Say how the host is connected", next_step="edgesdk agent --stdio")
    click.get_current_context().exit(serve_stdio())
