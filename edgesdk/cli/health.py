"""What ``doctor`` looks at. Each check gives rows; none of them changes anything."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .. import registry
from ..bundle import keys
from ..config import config_files, config_folder, settings, store_folder
from ..errors import EdgeError
from ..version import __version__
from .extras import ON_BOARDS, Extra
from .extras import extras as all_extras
from .text import number

OK, NOTE, BROKEN = "ok", "note", "BROKEN"
MACHINE, BACKENDS, EXTRAS, YOURS = "This machine", "Backends", "Extras", "Yours"


@dataclass(frozen=True)
class Row:
    """One finding. ``status``: ok; note (something optional is missing); BROKEN."""

    what: str
    status: str
    detail: str


def examine(extras: Iterable[Extra] | None = None) -> dict[str, list[Row]]:
    """All checks, by what they are about."""
    found = all_extras() if extras is None else extras
    return {
        MACHINE: [
            Row("edgesdk", OK, __version__),
            Row("python", OK, f"{platform.python_version()} on {platform.platform()}"),
            _native(),
        ],
        BACKENDS: list(_backends()),
        EXTRAS: [_extra(extra) for extra in found],
        YOURS: [*_settings(), _keys(keys.key_folder()), _store(store_folder())],
    }


def _native() -> Row:
    try:
        from .. import native  # noqa: F401  (loading it is the test)
    except EdgeError as error:
        return Row("native library", BROKEN, f"{error.evidence}. {error.next_step}")
    return Row("native library", OK, "loads")


def _backends() -> Iterator[Row]:
    found = registry.backends()
    if not found:
        yield Row("backends", BROKEN, "none is installed: install edgesdk again")
    for name, why in registry.broken():
        yield Row(f"backend {name}", BROKEN, why)
    for loaded in found:
        yield Row(f"backend {loaded.name}", OK, f"from {loaded.distribution}")
        try:
            rows = loaded.backend.doctor()
        except Exception as error:  # a plug-in may fail in any way
            yield Row(f"{loaded.name}: doctor", BROKEN, f"{type(error).__name__}: {error}")
            continue
        for what, there, detail in rows:
            yield Row(f"{loaded.name}: {what}", OK if there else NOTE, detail)


def _extra(extra: Extra) -> Row:
    """An extra in one line: what it is for, what is here, and what is not."""
    parts = [f"{library} {version}" for library, version in extra.found.items()]
    for library, why in extra.missing.items():
        parts.append(f"{library}: {why}" if why[0].isdigit() else f"{library} is {why}")
    remedy = f" ({extra.command})" if extra.missing and extra.name not in ON_BOARDS else ""
    detail = f"{extra.purpose}: {', '.join(parts)}{remedy}"
    return Row(f"extra {extra.name}", NOTE if extra.missing else OK, detail)


def _settings() -> Iterator[Row]:
    try:
        names = settings()["device"]
    except EdgeError as error:
        yield Row("settings", BROKEN, f"{error.what}: {error.evidence}")
        return
    files = ", ".join(map(str, config_files())) or f"no edgesdk.toml, here or in {config_folder()}"
    yield Row("settings", OK, files + (f"; devices: {', '.join(names)}" if names else ""))


def _keys(folder: Path) -> Row:
    found = keys.list_keys()
    if not found:
        return Row("keys", OK, f"none yet; the first will be made in {folder}")
    problems = [f"{entry.name}: {entry.problem}" for entry in found if entry.problem]
    if os.name == "posix" and folder.stat().st_mode & 0o022:
        problems.append(f"others can write to the folder: chmod 700 {folder}")
    if problems:
        return Row("keys", BROKEN, "; ".join(problems))
    return Row("keys", OK, f"{sum(entry.private for entry in found)} that can sign, in {folder}")


def _store(folder: Path) -> Row:
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not os.access(existing, os.W_OK):
        return Row("local store", BROKEN, f"{existing} cannot be written to")
    free = shutil.disk_usage(existing).free
    return Row("local store", OK, f"{folder}, {number(free)} free")
