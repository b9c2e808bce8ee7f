"""What ``doctor`` looks at. Each check gives rows; none of them changes anything."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .. import registry
from ..bundle import keys
from ..config import config_files, config_folder, settings, state_folder, store_folder
from ..errors import EdgeError
from ..version import __version__
from .extras import ON_BOARDS, Extra
from .text import number

OK, NOTE, BROKEN = "ok", "note", "BROKEN"
MACHINE, BACKENDS, EXTRAS, YOURS = "This machine", "Backends", "Extras", "Yours"


@dataclass(frozen=True)
class Row:
    """One finding. ``status``: ok; note (something optional is missing); BROKEN."""

    what: str
    status: str
    detail: str


def examine(extras: Iterable[Extra]) -> dict[str, list[Row]]:
    """All checks, by what they are about."""
    return {
        MACHINE: [
            Row("edgesdk", OK, __version__),
            Row("python", OK, f"{platform.python_version()} on {platform.platform()}"),
            *_guarded("native library", _native),
        ],
        BACKENDS: list(_backends()),
        EXTRAS: [_extra(extra) for extra in extras if _belongs(extra)],
        YOURS: [
            *_guarded("settings", _settings),
            *_guarded("keys", _keys),
            *_guarded("local store", lambda: _folder(store_folder())),
            *_guarded("emulated devices", lambda: _folder(state_folder())),
        ],
    }


def _guarded(what: str, check: Callable[[], str]) -> Iterator[Row]:
    """What a check says; one that cannot go on is a finding itself."""
    try:
        yield Row(what, OK, check())
    except EdgeError as error:
        told = (error.what, error.evidence, error.next_step)
        yield Row(what, BROKEN, ". ".join(filter(None, told)))
    except (OSError, _Broken) as error:
        yield Row(what, BROKEN, str(error))


class _Broken(Exception):
    """What a check found, and how to mend it."""


def _native() -> str:
    from .. import native  # noqa: F401  (loading it is the test)

    return "loads"


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


def _belongs(extra: Extra) -> bool:
    """Whether it is for this machine: a board's is where its library of that name is."""
    return extra.name not in ON_BOARDS or extra.name in extra.found


def _extra(extra: Extra) -> Row:
    """An extra in one line: what it is for, what is here, and what is not."""
    found = [f"{library} {version}" for library, version in extra.found.items()]
    remedy = f" ({extra.command})" if extra.missing and extra.name not in ON_BOARDS else ""
    detail = f"{extra.purpose}: {', '.join([*found, *extra.missing.values()])}{remedy}"
    return Row(f"extra {extra.name}", NOTE if extra.missing else OK, detail)


def _settings() -> str:
    names = settings()["device"]
    files = ", ".join(map(str, config_files())) or f"no edgesdk.toml, here or in {config_folder()}"
    return files + (f"; devices: {', '.join(names)}" if names else "")


def _keys() -> str:
    folder, found = keys.key_folder(), keys.list_keys()
    if not found:
        _folder(folder)
        return f"none yet; the first will be made in {folder}"
    problems = [f"{entry.name}: {entry.problem}" for entry in found if entry.problem]
    if os.name == "posix" and folder.stat().st_mode & 0o022:
        problems.append(f"others can write to the folder: chmod 700 {folder}")
    if problems:
        raise _Broken("; ".join(problems))
    return f"{sum(entry.private for entry in found)} that can sign, in {folder}"


def _folder(folder: Path) -> str:
    """A folder that is there, or will be made when it is first needed."""
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not existing.is_dir():
        raise _Broken(f"{existing} is no folder: remove it, or name another")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise _Broken(f"{existing} cannot be written to: chmod u+wx {existing}, or name another")
    return f"{folder}, {number(shutil.disk_usage(existing).free)} free"
