"""onnxruntime comes without its telemetry, which asks a network and writes to the user's cache."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import edgesdk
from tests.models.variants import X, scale_onnx

_SILENT = "ORT_DISABLE_TELEMETRY"
_RUN = """
import os, edgesdk, numpy as np
with edgesdk.load("model.edge", "cpu:") as session:
    session.run({"x": np.zeros((2, 3), np.float32)})
print(os.environ.get("ORT_DISABLE_TELEMETRY"))
"""


@pytest.mark.parametrize("given", [None, "0"])
def test_a_session_leaves_nothing_in_the_home_folder(user_folder: Path, given: str | None) -> None:
    """The user's own choice stays."""
    samples = [{"x": X}]
    edgesdk.compile(
        scale_onnx(user_folder, 2), "cpu", samples=samples, output=user_folder / "model.edge"
    ).close()
    home = user_folder / "home"
    home.mkdir()
    surroundings = {name: text for name, text in os.environ.items() if name != _SILENT}
    surroundings |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache")}
    told = subprocess.run(
        [sys.executable, "-c", _RUN],
        env=surroundings | ({} if given is None else {_SILENT: given}),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert told.stdout == f"{given or 1}\n"
    if given is None:
        assert not list(home.iterdir())
