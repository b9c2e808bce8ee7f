"""``edgesdk bench --report FILE.html``: whether it can be written, and writing it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ...bench import BenchRecord, Measured
from ...bundle.atomic import replacing
from ...errors import UsageError
from .page import page
from .writable import why_not

ENDINGS = (".html", ".htm")


def check(path: Path) -> None:
    """Whether a page could be written there, as far as that is known before anything is measured.

    Raises ``UsageError`` (EDGE-02307).
    """
    if why := why_not(path, ENDINGS):
        raise UsageError(
            f"The report {path} cannot be written",
            evidence=why,
            next_step="Give a file in a folder that there is, such as report.html",
            code=307,
        )


def write(path: Path, record: BenchRecord, commands: Sequence[str]) -> None:
    """Write the page; it appears whole or not at all. Raises as ``replacing``."""
    when = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    with replacing(path) as file:
        file.write(page(record, commands, when).encode())


def commands(
    models: Sequence[str], devices: Sequence[str], given: Mapping[str, Any], record: BenchRecord
) -> list[str]:
    """What to type to measure the same again. ``given`` are the options, by name."""
    files = {result.made_from.get("file", ""): result for result in record.results}
    made = [
        _compiling(files[what], what) for what in models if what.endswith(".edge") and what in files
    ]
    words = [*models, *(word for address in devices for word in ("--device", address))]
    options = [word for pair in _options(given) for word in pair]
    return [shlex.join(line) for line in (*made, ["edgesdk", "bench", *words, *options])]


def _compiling(result: Measured, file: str) -> list[str]:
    """How the bundle came to be, but for options: those are in the bundle."""
    source = result.made_from["source"]
    return ["edgesdk", "compile", source, "--target", result.target, "--output", file]


def _options(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for option, value in given.items():
        values = value if isinstance(value, tuple) else (value,)
        yield from (
            (f"--{option}", str(item).removesuffix(".0") if isinstance(item, float) else str(item))
            for item in values
        )
