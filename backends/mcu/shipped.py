"""The firmware that comes with this package: one boot stage and one application for each board."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from edgesdk.errors import InternalFault

FOLDER = Path(__file__).parent / "images"


@dataclass(frozen=True)
class Shipped:
    """``boards``: names; ``version`` of all of it; ``sha256`` by file name."""

    version: str
    boards: tuple[str, ...]
    sha256: dict[str, str]

    def read(self, name: str) -> bytes:
        """A file's content. Raises ``InternalFault`` (EDGE-0133) unless it is what was built."""
        try:
            content = (FOLDER / name).read_bytes()
        except OSError as error:
            raise _broken(f"{name}: {error.strerror}") from None
        if hashlib.sha256(content).hexdigest() != self.sha256.get(name):
            raise _broken(f"{name} has another hash than manifest.json says")
        return content

    def application(self, board: str) -> bytes:
        """The payload of a firmware image for a board."""
        return self.read(f"{board}-app.bin")

    def boot_stage(self, board: str) -> bytes:
        """What lies at the start of a board's flash."""
        return self.read(f"{board}-boot.bin")


@cache
def shipped() -> Shipped:
    """What is shipped. Raises ``InternalFault`` (EDGE-0133)."""
    try:
        document = json.loads((FOLDER / "manifest.json").read_bytes())
        hashes = {name: row["sha256"] for name, row in document["images"].items()}
        version = document["version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _broken(f"{type(error).__name__}: {error}") from None
    boards = {name.rsplit("-", 1)[0] for name in hashes}
    return Shipped(version, tuple(sorted(boards)), hashes)


def _broken(evidence: str) -> InternalFault:
    return InternalFault(
        "The firmware that edgesdk brings is missing or damaged",
        evidence=evidence,
        next_step="Install edgesdk again; in a source tree 'make firmware' builds it",
        code=33,
    )
