"""Where things are in a store. ``docs/store-format.md`` is the specification."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import ModelNotFound
from . import state
from .problems import explained
from .reading import is_folder

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}")


@dataclass(frozen=True)
class Layout:
    """The paths below a store's root."""

    root: Path

    @property
    def lock(self) -> Path:
        """Held by the one process that changes the store."""
        return self.root / "lock"

    @property
    def trusted(self) -> Path:
        """The folder of trusted keys."""
        return self.root / "trusted"

    @property
    def models(self) -> Path:
        """The folder that has a folder for each model."""
        return self.root / "models"

    def model(self, name: str) -> Path:
        """A model's folder. Raises ``ModelNotFound`` for a name that no model can have."""
        if not _NAME.fullmatch(name):
            raise ModelNotFound(
                f"No model can be named {name[:80]!r}",
                next_step="Names are lower-case letters, digits, '-' and '_', at most 48; "
                "the file of a bundle ends in .edge",
            )
        return self.models / name

    def state(self, name: str) -> Path:
        """The file that says which slot of a model is active."""
        return self.model(name) / state.NAME

    def slot(self, name: str, slot: str) -> Path:
        """One of a model's two slots."""
        return self.model(name) / slot

    def names(self) -> list[str]:
        """The models that have a folder, installed or not."""
        with explained(self.models):
            if not is_folder(self.models):
                return []
            found = [p for p in self.models.iterdir() if _NAME.fullmatch(p.name)]
            return sorted(p.name for p in found if is_folder(p))
