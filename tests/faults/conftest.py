"""Where the tests of cut points lay out their stores."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from edgesdk.bundle import signed

MEMORY = Path("/dev/shm")


@pytest.fixture(autouse=True)
def _read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same few manifests are read from thousands of disks: each is parsed once.

    Every signature is verified as ever, and what is no manifest of ours fails there.
    """
    monkeypatch.setattr(signed, "decode", cache(signed.decode))


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: thousands of stores are laid out and thrown away."""
    if not os.access(MEMORY, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)
