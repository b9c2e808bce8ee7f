"""Two versions of a small model for this device."""

from __future__ import annotations

import pytest

from tests.backends_fpga.device.deployed import TARGET
from tests.models.two_versions import _their_user, made, new, old  # noqa: F401 - fixtures


@pytest.fixture(scope="session")
def target() -> str:
    """What the bundles are for."""
    return TARGET
