"""What an emulator needs of a board's description."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgesdk import toml
from edgesdk.errors import UsageError

_FOLDER = Path(__file__).parent.parent / "boards"


@dataclass(frozen=True)
class Board:
    """Addresses and sizes in bytes. ``boot_offset`` is that in flash, or none where the boot stage
    lies elsewhere.
    """

    name: str
    clock_hz: int
    flash_base: int
    flash_size: int
    page: int
    ram_base: int
    ram_size: int
    boot_address: int
    boot_size: int

    @property
    def boot_offset(self) -> int | None:
        """Where in flash the boot stage is."""
        offset = self.boot_address - self.flash_base
        return offset if 0 <= offset < self.flash_size else None


def board(name: str) -> Board:
    """A board by its name. Raises ``UsageError`` (EDGE-0236)."""
    known = sorted(path.stem for path in _FOLDER.glob("*.toml"))
    if name not in known:
        raise UsageError(
            f"There is no board {name[:40]!r}", evidence=f"known: {', '.join(known)}", code=36
        )
    content = toml.loads((_FOLDER / f"{name}.toml").read_text())
    flash, ram, boot = content["flash"], content["ram"], content["layout"]["boot"]
    return Board(
        name=name,
        clock_hz=content["clock_hz"],
        flash_base=flash["base"],
        flash_size=flash["size"],
        page=flash["page"],
        ram_base=ram["base"],
        ram_size=ram["size"],
        boot_address=boot["address"],
        boot_size=boot["size"],
    )
