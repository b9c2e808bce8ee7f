"""A user of one's own in tests: nothing that the person who runs them has set or installed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

KEPT = ("EDGESDK_DATA", "EDGESDK_BUILDS")  # what tests themselves are told


def own_user(patch: pytest.MonkeyPatch, folder: Path) -> Path:
    """Empty folders for configuration (keys), store and state; no other settings."""
    for variable in [name for name in os.environ if name.startswith("EDGESDK_")]:
        if variable not in KEPT:
            patch.delenv(variable)
    patch.setenv("EDGESDK_CONFIG", str(folder / "config"))
    patch.setenv("EDGESDK_STORE", str(folder / "local-store"))
    patch.setenv("EDGESDK_STATE", str(folder / "state"))
    return folder
