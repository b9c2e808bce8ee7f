"""``edgesdk version``."""

from __future__ import annotations

import platform

import click

from ..version import __version__
from .options import common
from .output import Output


@click.command()
@common
@click.pass_obj
def command(out: Output) -> None:
    """Print the version."""
    out.result(
        __version__,
        version=__version__,
        python=platform.python_version(),
        platform=platform.platform(),
    )
