"""Where settings come from: option, environment, project file, user file, default.

``edgesdk.toml`` in the working folder or above it (the project's), then in the user's configuration
folder. It is data and never executed, and the project's, which may have come with somebody else's
files, does not say which programs run (``AGENT`` and ``CONFIG`` of ``backends/ssh``)::

    [defaults]
    device = "porch"

    [device.porch]
    address = "cpu:?threads=2"
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from stat import S_ISREG
from typing import Any

from . import toml
from .address import EXAMPLES
from .errors import UsageError
from .likely import likely_address
from .nearest import nearest

NAME = "edgesdk.toml"
_LARGEST = 1 << 20  # bytes
# Options of an address that name programs to run, or lead to some.
_PROGRAMS = re.compile(r"[?&](agent|ssh_config)=")
_EXAMPLE = '[device.porch] and below it address = "cpu:"'
_KEYS = {"defaults": {"device"}, "device": {"address"}}


def config_folder() -> Path:
    """The user's configuration folder; ``EDGESDK_CONFIG`` names another."""
    return Path(os.environ.get("EDGESDK_CONFIG") or _user_folder("XDG_CONFIG_HOME", ".config"))


def store_folder() -> Path:
    """The local model store; ``EDGESDK_STORE`` names another."""
    named = os.environ.get("EDGESDK_STORE")
    return Path(named or _user_folder("XDG_DATA_HOME", ".local/share") / "store")


def state_folder() -> Path:
    """Where emulated devices keep their flash; ``EDGESDK_STATE`` names another."""
    return Path(os.environ.get("EDGESDK_STATE") or _user_folder("XDG_STATE_HOME", ".local/state"))


def _user_folder(variable: str, usual: str) -> Path:
    """Ours in the folder that the XDG variable names, or else in the usual one."""
    named = os.environ.get(variable, "")
    if Path(named).is_absolute():  # the XDG specification has others ignored
        return Path(named, "edgesdk")
    return home_folder() / usual / "edgesdk"


def home_folder() -> Path:
    """The user's. Raises ``UsageError`` (EDGE-02303) where the system knows none."""
    try:
        return Path.home()
    except RuntimeError:
        raise UsageError(
            "The user has no home folder",
            evidence="HOME is not set, and the system does not know the user",
            next_step="Set HOME to a folder that is yours",
            code=303,
        ) from None


def config_files() -> list[Path]:
    """The settings files that exist, the strongest first."""
    try:
        here = Path.cwd()
        folders = (here, *here.parents)
    except FileNotFoundError:  # the working folder was removed under us
        folders = ()
    project = next((f / NAME for f in folders if _is_file(f / NAME, unknown=False)), None)
    user = config_folder() / NAME
    files = [project] if project else []
    # Where nobody lets us look for the user's own, reading it says so.
    return files + ([user] if user != project and _is_file(user, unknown=True) else [])


def _is_file(path: Path, unknown: bool) -> bool:
    """Whether it is one; ``unknown``: the answer where a folder above may not be entered."""
    try:
        return S_ISREG(path.stat().st_mode)
    except PermissionError:
        return unknown
    except (OSError, ValueError):
        return False


def settings() -> dict[str, Any]:
    """All settings merged. Raises ``UsageError`` (EDGE-0214) for a malformed file."""
    merged: dict[str, Any] = {"defaults": {}, "device": {}}
    for file in reversed(config_files()):
        document = _read(file)
        for table, found in merged.items():
            found.update(document.get(table, {}))
    return merged


def resolve(device: str | None) -> str | None:
    """The address that an option, a name in a settings file, or the defaults stand for.

    Returns None when nothing names a device.
    """
    found = settings()
    name = device or os.environ.get("EDGESDK_DEVICE") or found["defaults"].get("device")
    if name is None or ":" in name:
        return name
    try:
        return str(found["device"][name]["address"])
    except KeyError:
        raise _no_name(name, sorted(found["device"])) from None


def source(device: str | None) -> str:
    """Where the address that ``resolve`` gives comes from: a variable, files, or "" for neither."""
    places: list[str] = []
    name = device
    if not name and (name := os.environ.get("EDGESDK_DEVICE")):
        places.append("EDGESDK_DEVICE")
    for file in config_files():
        document = _read(file)
        if not name and (name := document.get("defaults", {}).get("device")):
            places.append(str(file))
    if name and ":" not in name:
        named = (f for f in config_files() if name in _read(f).get("device", {}))
        places += [str(file) for file in named][:1]
    return ", ".join(dict.fromkeys(places))


def _no_name(name: str, known: list[str]) -> UsageError:
    meant = likely_address(name, known)
    return UsageError(
        f"No device is named {name!r}",
        evidence=f"named in {NAME}: {', '.join(known) or 'none'}",
        next_step=(f"Did you mean {meant}? " if meant else "")
        + f"An address has a colon, as in {EXAMPLES}; a name is that of a [device.NAME] in {NAME}",
        code=14,
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise ValueError(f"larger than {_LARGEST} bytes")
        document: dict[str, Any] = toml.loads(data.decode())
        _check(document)
        if file != config_folder() / NAME:
            _check_programs(document)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{file} cannot be used",
            evidence=str(error),
            next_step=f"Mend it, or move it away; it looks like this: {_EXAMPLE}",
            code=14,
        ) from None
    return document


def _check(document: dict[str, Any]) -> None:
    for table, keys in document.items():
        if table not in _KEYS:
            raise ValueError(f"unknown table [{table}]; known: {', '.join(_KEYS)}")
        if not isinstance(keys, dict):
            raise ValueError(f"{table} must be a table")
        rows = keys.values() if table == "device" else [keys]
        for row in rows:
            if not isinstance(row, dict) or any(not isinstance(v, str) for v in row.values()):
                raise ValueError(f"[{table}] holds texts only")
            if unknown := set(row) - _KEYS[table]:
                raise ValueError(_unknown(sorted(unknown)[0], table))
            if table == "device" and "address" not in row:
                raise ValueError("a device needs an address")


def _unknown(key: str, table: str) -> str:
    meant = nearest(key, _KEYS[table])
    guess = f"; did you mean {meant}?" if meant else f"; known: {', '.join(_KEYS[table])}"
    return f"unknown key {key!r} in [{table}]{guess}"


def _check_programs(document: dict[str, Any]) -> None:
    devices = document.get("device", {}).values()
    for address in (
        document.get("defaults", {}).get("device", ""),
        *(d["address"] for d in devices),
    ):
        if option := _PROGRAMS.search(address):
            raise ValueError(f"{option[1]}= may stand in {config_folder() / NAME} only")
