"""What an emulated flash was made as: its geometry and its seed, kept beside its cells."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edgesdk.errors import EdgeError, UsageError, VerificationMismatch

from .geometry import Geometry
from .host_files import explained
from .plain_files import create_once, read_plain

VERSION = 1
_LARGEST = 4096  # bytes


def recorded(folder: Path, geometry: Geometry, factory_bad: float, seed: int) -> int:
    """The device's seed: that of its record, or ``seed`` for a new one.

    Raises ``UsageError`` (EDGE-02258) for a device of another shape, ``VerificationMismatch``
    (EDGE-0771) for a record that cannot be read.
    """
    path = folder / "device.json"
    wanted = {"version": VERSION, "factory_bad": float(factory_bad), **asdict(geometry)}
    with explained(path):
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():  # two may see that at once: the record of one of them is the device's
            create_once(path, json.dumps({**wanted, "seed": seed}).encode())
        content = read_plain(path, _LARGEST)
    record = _parsed(path, content)
    other = [
        f"{key}: it has {record.get(key)}, not {value}"
        for key, value in wanted.items()
        if (type(record.get(key)), record.get(key)) != (type(value), value)
    ]
    if other:
        raise _other(folder, other)
    return int(record["seed"])


def _parsed(path: Path, content: bytes) -> dict[str, Any]:
    try:
        record = json.loads(content)
        if len(content) > _LARGEST or type(record["seed"]) is not int:
            raise ValueError("not a device's record")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise VerificationMismatch(
            "The record of what the emulated flash is cannot be read",
            evidence=f"{path}: {error}",
            next_step=f"Remove the folder {path.parent}: the flash then begins anew, erased",
            code=71,
        ) from None
    return dict(record)


def _other(folder: Path, other: list[str]) -> EdgeError:
    return UsageError(
        "There is an emulated flash of another shape in that place",
        evidence=f"{folder}: {'; '.join(other)}",
        next_step="Use a device of another name, name=NAME in the address, or remove the folder: "
        "the flash then begins anew, erased",
        code=258,
    )
