"""Finding backends by entry point, and devices by address.

Any installed distribution can add a backend: an entry point in the group ``edgesdk.backends``
that names an object with the members of ``edgesdk.backend.Backend``. A broken plug-in is skipped
with a warning, and ``edgesdk doctor`` shows it.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from .address import Address
from .backend import Backend, Device, DeviceInfo
from .errors import UsageError
from .likely import example, likely_address, likely_target

GROUP = "edgesdk.backends"
_MEMBERS = ("name", "schemes", "targets", "discover", "connect", "compile", "doctor")


@dataclass(frozen=True)
class LoadedBackend:
    """A backend, and the distribution that brought it."""

    name: str
    distribution: str
    backend: Backend


class BackendWarning(UserWarning):
    """A backend plug-in could not be loaded and is skipped."""


def backends() -> list[LoadedBackend]:
    """All backends that load, by name. Warns once about each that does not."""
    return list(_load()[0])


def broken() -> list[tuple[str, str]]:
    """The backends that do not load: (entry point name, why)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BackendWarning)
        return list(_load()[1])


def refresh() -> None:
    """Look for backends anew, for a process that installed one."""
    _load.cache_clear()


@cache
def _load() -> tuple[tuple[LoadedBackend, ...], tuple[tuple[str, str], ...]]:
    loaded: dict[str, LoadedBackend] = {}
    claimed: dict[str, str] = {}
    failed: list[tuple[str, str]] = []
    for entry in sorted(entry_points(group=GROUP), key=_own_first):
        distribution = entry.dist.name if entry.dist else "?"
        try:
            backend = _checked(entry.load())
            _claim(backend, distribution, claimed)
        except (Exception, SystemExit) as error:  # it may fail in any way; the others must work
            why = f"{type(error).__name__}: {error}"
            failed.append((entry.name, why))
            warnings.warn(
                f"backend {entry.name!r} of {distribution} is skipped: {why}",
                BackendWarning,
                stacklevel=3,
            )
            continue
        loaded[entry.name] = LoadedBackend(entry.name, distribution, backend)
    return tuple(loaded.values()), tuple(failed)


def _own_first(entry: EntryPoint) -> tuple[bool, str, str]:
    return (entry.dist is None or entry.dist.name != "edgesdk", entry.name, entry.value)


def _claim(backend: Backend, distribution: str, claimed: dict[str, str]) -> None:
    """Nothing is picked by order: what one backend serves, no other one can take over."""
    mine = [f"the name {backend.name}"]
    mine += [f"addresses of {scheme}" for scheme in backend.schemes]
    mine += [f"the target {target}" for target in backend.targets]
    for claim in mine:
        if claim in claimed:
            raise TypeError(f"{claimed[claim]} has {claim} already")
    claimed.update(dict.fromkeys(mine, distribution))


def _checked(candidate: Any) -> Backend:
    backend = candidate() if isinstance(candidate, type) else candidate
    missing = [member for member in _MEMBERS if not hasattr(backend, member)]
    if missing:
        raise TypeError(f"it lacks {', '.join(missing)}")
    return backend  # type: ignore[no-any-return]


def for_address(address: Address) -> Backend:
    """The backend that serves an address. Raises ``UsageError`` (EDGE-0212)."""
    kind = f"{address.scheme}:{address.rest}"
    for found in backends():
        if address.scheme in found.backend.schemes or kind in found.backend.schemes:
            return found.backend
    known = sorted(s for found in backends() for s in found.backend.schemes)
    raise UsageError(
        f"No backend serves the address {address}",
        evidence=f"known: {', '.join(known) or 'none'}",
        next_step=(f"Did you mean {meant}? " if (meant := likely_address(kind)) else "")
        + "'edgesdk devices' lists the devices at hand, and 'edgesdk doctor' the backends",
        code=12,
    )


def for_target(target: str) -> Backend:
    """The backend that compiles for a target. Raises ``UsageError`` (EDGE-0213)."""
    for found in backends():
        for prefix in found.backend.targets:
            if target == prefix or (prefix.endswith(":") and target.startswith(prefix)):
                return found.backend
    known = _targets()
    raise UsageError(
        f"No backend compiles for the target {target!r}",
        evidence=f"known: {', '.join(known) or 'none'}",
        next_step=(f"Did you mean {meant}? " if (meant := likely_target(target, known)) else "")
        + f"Targets look like {target_examples()}",
        code=13,
    )


def _targets() -> list[str]:
    return sorted(t for found in backends() for t in found.backend.targets)


def target_examples() -> str:
    """What targets look like, for a message: one for each beginning that a backend serves."""
    *others, last = map(example, _targets() or ["none"])
    return f"{', '.join(others)} or {last}" if others else last


def targets_with(members: type) -> list[str]:
    """What targets begin with whose backends have the members of a protocol."""
    able = [found.backend for found in backends() if isinstance(found.backend, members)]
    return sorted(prefix for backend in able for prefix in backend.targets)


def connect(address: str | Address) -> Device:
    """Connect to the device at an address."""
    parsed = Address.parse(address) if isinstance(address, str) else address
    return for_address(parsed).connect(parsed)


def discover() -> list[DeviceInfo]:
    """All devices that the installed backends see now, by address.

    A backend that cannot look is skipped with a warning: the others' devices still count.
    """
    found: list[DeviceInfo] = []
    for loaded in backends():
        try:
            found += loaded.backend.discover()
        except Exception as error:  # as above
            warnings.warn(f"backend {loaded.name!r}: {error}", BackendWarning, stacklevel=2)
    return sorted(found, key=lambda info: info.address)
