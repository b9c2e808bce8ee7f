"""What can be set: on the address for a session (``cpu:?threads=2``), and when compiling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from edgesdk.errors import UsageError
from edgesdk.nearest import did_you_mean
from edgesdk.option_values import only_known

from .decoder.options import OpenOptions, open_options

OPTIMISATIONS = ("none", "basic", "extended", "all")
_DECODER = {"kv", "context", "rescore", "form"}
KERNELS = ("default", "builtin", "reference")


@dataclass(frozen=True)
class SessionOptions:
    """How a session runs.

    ``threads``: 0 lets the library choose. ``optimisation``: onnxruntime's graph optimisation.
    ``arena``: whether onnxruntime keeps freed memory for the next run. ``kernels``: LiteRT's
    kernels: its default delegate, its builtin ones, or its plain reference ones.
    """

    threads: int = 0
    optimisation: str = "all"
    arena: bool = True
    kernels: str = "default"


@dataclass(frozen=True)
class AddressOptions:
    """What stands behind ``cpu:?``: ``store``, the store's folder, and how sessions run."""

    store: Path | None
    session: SessionOptions
    decoder: OpenOptions


def from_address(options: Mapping[str, str]) -> AddressOptions:
    """Read the options of an address. Raises ``UsageError`` (EDGE-0209)."""
    only_known(options, sorted({"store", "threads", "optimisation", "arena", *_DECODER}), "cpu:")
    store = options.get("store", "")
    if "\0" in store:
        raise UsageError(
            f"store must be a folder, not {store[:40]!r}",
            next_step="Give store=FOLDER, or leave it out",
            code=9,
        )
    threads = _threads(options.get("threads", "0"))
    return AddressOptions(
        store=Path(store) if store else None,
        session=SessionOptions(
            threads=threads,
            optimisation=_choice("optimisation", options.get("optimisation", "all"), OPTIMISATIONS),
            arena=_choice("arena", options.get("arena", "on"), ("on", "off")) == "on",
        ),
        decoder=replace(open_options({**options, "threads": "0"}), threads=min(threads, 256)),
    )


def from_compile(options: Mapping[str, str]) -> str:
    """Read the compile options: only ``kernels``. Raises ``UsageError`` (EDGE-0209)."""
    only_known(options, ("kernels",), "A model for the cpu")
    return _choice("kernels", options.get("kernels", "default"), KERNELS)


def _threads(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 1024:
        raise UsageError(
            f"threads must be 0 to 1024, not {text[:20]!r}",
            next_step="Leave it out for as many as the machine has cores",
            code=9,
        )
    return int(text)


def _choice(option: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise UsageError(
            f"{option} must be one of {', '.join(choices)}, not {value[:40]!r}",
            next_step=did_you_mean(value, choices, f"{choices[0]} is the usual one"),
            code=9,
        )
    return value
