"""Our design, as it is expected to be."""

from __future__ import annotations

import pytest

from edgesdk_backends.fpga.timing.design import Streaming
from edgesdk_backends.fpga.timing.profile import read_profile


@pytest.fixture
def design() -> Streaming:
    found = read_profile("edge").at("expected")
    assert isinstance(found, Streaming)
    return found
