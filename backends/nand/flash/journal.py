"""What the controller remembers of regions: lines that are only ever added, each with its check.

A line that a cut left without its end is dropped; a whole line with a wrong check is damage.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgesdk.errors import VerificationMismatch

from .controller_memory import appended, replaced
from .faults import Power
from .host_files import explained
from .plain_files import read_plain

LARGEST = 1 << 28  # bytes of a journal; rewritten long before
_LASTING = ("complete", "forget")  # what others lose at a cut of the host's power is done again
_REWRITE = 1 << 16  # bytes from which on a rewrite may be worth it


@dataclass
class Region:
    """``blocks``: of the device. ``count`` pages and the ``check`` of their map where complete."""

    blocks: list[int] = field(default_factory=list)
    complete: bool = False
    count: int = 0
    check: int = 0


@dataclass
class State:
    """Regions by name; ``stale``: blocks of forgotten ones, not yet erased."""

    regions: dict[str, Region] = field(default_factory=dict)
    stale: set[int] = field(default_factory=set)

    def apply(self, record: dict[str, Any]) -> None:
        """What a line says. Raises ``KeyError``, ``TypeError`` or ``ValueError``."""
        kind, name = record["do"], str(record.get("region", ""))
        if kind == "begin":
            self.regions[name] = Region()
        elif kind == "claim":
            self.regions[name].blocks += [int(block) for block in record["blocks"]]
        elif kind == "retire":
            self.regions[name].blocks.remove(int(record["block"]))
        elif kind == "complete":
            region = self.regions[name]
            region.complete, region.count = True, int(record["count"])
            region.check = int(record["check"])
        elif kind == "forget":
            self.stale.update(self.regions.pop(name).blocks)
        elif kind == "erased":
            self.stale.difference_update(record["blocks"])
        else:
            raise ValueError(f"unknown record {kind!r}")

    def records(self) -> list[dict[str, Any]]:
        """The shortest journal that says this."""
        lines: list[dict[str, Any]] = []
        if self.stale:
            lines += [{"do": "begin", "region": ""}]
            lines += [{"do": "claim", "region": "", "blocks": sorted(self.stale)}]
            lines += [{"do": "forget", "region": ""}]
        for name, region in self.regions.items():
            lines += [{"do": "begin", "region": name}]
            lines += [{"do": "claim", "region": name, "blocks": region.blocks}]
            if region.complete:
                end = {"do": "complete", "region": name, "count": region.count}
                lines.append({**end, "check": region.check})
        return lines


class Journal:
    """``state`` is as the file says, also where another process has added to it meanwhile."""

    def __init__(self, path: Path, power: Power, blocks: int) -> None:
        """``blocks``: of the device."""
        self._path, self._power, self._blocks = path, power, blocks
        self._seen: tuple[int, int, int] | None = None
        self._state, self._whole = State(), 0

    @property
    def state(self) -> State:
        """Read again if the file has changed. Raises ``VerificationMismatch`` (EDGE-0770)."""
        with explained(self._path):
            seen = self._look()
            if seen != self._seen:
                self._state, self._whole = self._read() if seen else (State(), 0)
                self._seen = seen
        return self._state

    def add(self, **record: Any) -> None:
        """Write one record, and only then let it be so. Raises ``LinkFailed`` (EDGE-0640)."""
        state = self.state
        sync = record["do"] in _LASTING
        appended(self._path, self._whole, _line(record), self._power, sync=sync)
        self._whole += len(_line(record))
        state.apply(record)
        with explained(self._path):
            self._seen = self._look()

    def shorten(self) -> None:
        """Rewrite a long journal of which little is still true.

        Raises ``LinkFailed`` (EDGE-0640).
        """
        state = self.state
        if self._whole < _REWRITE:
            return
        lines = b"".join(_line(record) for record in state.records())
        if len(lines) * 4 < self._whole:
            replaced(self._path, lines, self._power)

    def _look(self) -> tuple[int, int, int] | None:
        """What changes whenever the file does; None without one."""
        try:
            about = self._path.stat()
        except FileNotFoundError:
            return None
        return about.st_ino, about.st_size, about.st_mtime_ns

    def _read(self) -> tuple[State, int]:
        """The state, and how many bytes of the file are whole lines."""
        content = read_plain(self._path, LARGEST)
        if len(content) > LARGEST:
            raise _damaged(self._path, f"it is longer than {LARGEST} bytes")
        state, whole = State(), content.rfind(b"\n") + 1
        for number, line in enumerate(content[:whole].split(b"\n")[:-1], 1):
            try:
                state.apply(_record(line, self._blocks))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                raise _damaged(self._path, f"line {number}: {error}") from None
        return state, whole


def _line(record: dict[str, Any]) -> bytes:
    text = json.dumps(record, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _record(line: bytes, blocks: int) -> dict[str, Any]:
    """What a line says of a device of so many blocks. Raises ``ValueError`` and others."""
    check, _, text = line.partition(b" ")
    if check != b"%08x" % zlib.crc32(text):
        raise ValueError("its check does not match")
    record: dict[str, Any] = json.loads(text)
    named = [*record.get("blocks", ()), record.get("block", 0)]
    if not all(0 <= int(block) < blocks for block in named):
        raise ValueError(f"a block beyond the {blocks} of the device")
    return record


def _damaged(path: Path, why: str) -> VerificationMismatch:
    return VerificationMismatch(
        "The record of which models the emulated flash holds is damaged",
        evidence=f"{path}, {why}",
        next_step=f"Remove the folder {path.parent} and deploy again: the flash then begins "
        "anew, erased",
        code=70,
    )
