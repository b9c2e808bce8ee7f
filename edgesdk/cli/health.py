"""What ``doctor`` looks at. Each check gives rows; none of them changes anything."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement

from .. import registry
from ..bundle import keys
from ..config import config_files, config_folder, settings, store_folder
from ..errors import EdgeError
from ..version import __version__
from .text import number

OK, NOTE, BROKEN = "ok", "note", "BROKEN"
_HIDDEN = {"dev"}  # extras that only edgesdk's own makers need


@dataclass(frozen=True)
class Row:
    """One finding. ``status``: ok; note (something optional is missing); BROKEN."""

    what: str
    status: str
    detail: str


def examine() -> Iterator[Row]:
    """All checks, one after the other."""
    yield Row("edgesdk", OK, __version__)
    yield Row("python", OK, f"{platform.python_version()} on {platform.platform()}")
    yield _native()
    yield from _backends()
    yield from _libraries()
    yield from _settings()
    yield _keys(keys.key_folder())
    yield _store(store_folder())


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


def _libraries() -> Iterator[Row]:
    """The optional libraries, by the extra that brings them."""
    for text in requires("edgesdk") or ():
        requirement = Requirement(text)
        for extra in _extras_of(requirement):
            yield _library(requirement, extra)


def _extras_of(requirement: Requirement) -> list[str]:
    """The extra whose requirement this is, on this machine; none for a core dependency."""
    marker = requirement.marker
    if marker is None or requirement.name == "edgesdk" or marker.evaluate({"extra": ""}):
        return []
    names = {part.split('"')[1] for part in str(marker).split("extra == ")[1:]}
    return sorted(n for n in names - _HIDDEN if marker.evaluate({"extra": n}))


def _library(requirement: Requirement, extra: str) -> Row:
    what = f"extra {extra}: {requirement.name}"
    remedy = f"pip install 'edgesdk[{extra}]'"
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        return Row(what, NOTE, f"not installed: {remedy}")
    if not requirement.specifier.contains(found, prereleases=True):
        return Row(what, NOTE, f"{found} is not {requirement.specifier}: {remedy}")
    return Row(what, OK, found)


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
