"""Ctrl-C at a terminal: the whole group of processes gets it, ssh among them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import edgesdk
from tests.backends_ssh.pipe import HERE, script
from tests.backends_ssh.small import bundle


def test_ctrl_c_in_a_deploy_ends_it_and_the_board_keeps_its_model(board: Path) -> None:
    """ssh lives on until the board has reverted; then nothing is left of it."""
    with bundle(board, 2, "1.0.0") as first, edgesdk.connect("ssh://there/cpu:") as device:
        edgesdk.deploy(first, device)
    bundle_file(board)
    slow = script(board / "bin" / "ssh-slow", f"{sys.executable} {HERE / 'slowly.py'}")
    told = subprocess.Popen(
        [sys.executable, "-m", "edgesdk", "deploy", "new.edge", "--device", "ssh://there/cpu:"],
        env={**os.environ, "EDGESDK_SSH": str(slow)},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    _wait_for(board / "under-way")
    os.killpg(told.pid, signal.SIGINT)
    out, err = told.communicate(timeout=30)
    assert told.returncode == 130, err
    assert not out
    assert "Interrupted" in err
    assert "Traceback" not in err
    assert (board / "ended").read_text() == "with its board\n"
    with edgesdk.connect("ssh://there/cpu:") as device:
        assert [model.version for model in device.models()] == ["1.0.0"]
        with edgesdk.read_bundle(board / "new.edge", None) as second:
            edgesdk.deploy(second, device)


def bundle_file(folder: Path) -> None:
    """Version 1.1.0 as a file."""
    from tests.models.variants import X, scale_onnx

    edgesdk.compile(
        scale_onnx(folder, 3),
        "cpu",
        name="scale",
        version="1.1.0",
        samples=[{"x": X}],
        output=folder / "new.edge",
    ).close()


def _wait_for(path: Path) -> None:
    for _ in range(600):
        if path.exists():
            return
        time.sleep(0.05)
    raise AssertionError(f"{path.name} has not come")
