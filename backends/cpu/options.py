"""What can be set: on the address for a session (``cpu:?threads=2``), and when compiling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from edgesdk.option_values import Reader, one_of, path, read_options, whole

from .decoder.options import MOST_THREADS, OPENING, OpenOptions, refused

OPTIMISATIONS = ("none", "basic", "extended", "all")
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

    def threads_alone(self) -> AddressOptions:
        """The same, with sessions as without any options but ``threads``."""
        session = SessionOptions(threads=self.session.threads)
        return replace(self, session=session, decoder=OpenOptions(threads=self.decoder.threads))


def from_address(options: Mapping[str, str]) -> AddressOptions:
    """Read the options of an address. Raises ``UsageError`` (EDGE-0209)."""
    values = read_options(options, _ADDRESS, "cpu:", refused)
    session = {key: value for key, value in values.items() if key in _SESSION}
    decoder = {_FIELDS.get(key, key): value for key, value in values.items() if key in OPENING}
    threads = min(session.get("threads", 0), MOST_THREADS)
    return AddressOptions(
        values.get("store"), SessionOptions(**session), OpenOptions(threads=threads, **decoder)
    )


def from_compile(options: Mapping[str, str]) -> str:
    """Read the compile options: only ``kernels``. Raises ``UsageError`` (EDGE-0209)."""
    values = read_options(options, {"kernels": one_of(*KERNELS)}, "a model for the cpu", refused)
    return str(values.get("kernels", KERNELS[0]))


def _on(text: str) -> bool:
    return bool(one_of("on", "off")(text) == "on")


_SESSION: dict[str, Reader] = {
    "threads": whole(0, 1024),
    "optimisation": one_of(*OPTIMISATIONS),
    "arena": _on,
}
_ADDRESS: dict[str, Reader] = {"store": path, **_SESSION, **OPENING}
_FIELDS = {"kv": "cache"}  # where an option and its field have two names
