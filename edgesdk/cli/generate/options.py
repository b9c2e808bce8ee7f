"""The options of ``generate`` and ``chat`` that say how tokens are chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from ...decoder.generation import Settings
from ...decoder.sampling import Sampling

F = TypeVar("F", bound=Callable[..., Any])

# The parameters that these options become.
SAMPLING = (
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "repetition_penalty",
    "penalty_window",
    "seed",
    "stops",
)
_SEEDS = click.IntRange(0, 2**64 - 1)


def sampling(function: F) -> F:
    """``--temperature`` to ``--stop``, which a command takes as ``SAMPLING``."""
    options = [
        _number("--temperature", 0.8, "0 takes the likeliest token; higher is more varied.", 100),
        _whole("--top-k", 40, "Only the N likeliest tokens; 0 for all."),
        _number("--top-p", 0.95, "Only the likeliest tokens that have this probability together."),
        _number("--min-p", 0.05, "Only tokens with this share of the likeliest one's probability."),
        _number("--repetition-penalty", 1.0, "Above 1, what was just said gets less likely.", 100),
        _whole("--penalty-window", 64, "How many tokens back that penalty looks."),
        click.option(
            "--seed",
            type=_SEEDS,
            metavar="N",
            help="The same seed gives the same text. Default: a new one, which --stats tells.",
        ),
        click.option(
            "--stop",
            "stops",
            multiple=True,
            metavar="TEXT",
            help="End before this text. May be given several times.",
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def settings_of(chosen: dict[str, Any], maximum: int | None, **more: Any) -> Settings:
    """The settings that those options mean. Raises ``UsageError`` (EDGE-02145)."""
    how = dict(chosen)
    stops = how.pop("stops")
    return Settings(maximum=maximum, sampling=Sampling(**how), stops=stops, **more)


def _number(name: str, default: float, help: str, most: float = 1) -> Callable[[F], F]:
    kind = click.FloatRange(0, most)
    return click.option(name, type=kind, default=default, show_default=True, help=help)


def _whole(name: str, default: int, help: str) -> Callable[[F], F]:
    kind = click.IntRange(0, 2**20)
    return click.option(name, type=kind, default=default, show_default=True, metavar="N", help=help)
