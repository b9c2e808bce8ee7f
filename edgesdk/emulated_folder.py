"""Where an emulated device is kept between two uses: under its name, beside others of its kind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .config import state_folder


@dataclass(frozen=True)
class EmulatedFolder:
    """The folder of all devices of a kind, one entry for each.

    ``state``: where an address says so, else it is below the user's own. ``ending``: of entries
    that are files; without one they are folders.
    """

    kind: str
    state: Path | None
    ending: str = ""

    @property
    def path(self) -> Path:
        """The folder itself, which may not be there yet."""
        return self.state or state_folder() / self.kind

    def of(self, name: str) -> Path:
        """Where the device of that name is, or will be."""
        return self.path / f"{name}{self.ending}"

    def names(self) -> list[str]:
        """The names of those that are there."""
        found = self.path.glob(f"*{self.ending}")
        return [one.name.removesuffix(self.ending) for one in found if self.ending or one.is_dir()]
