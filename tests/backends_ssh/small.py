"""Small things that several files of tests use."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import edgesdk
from edgesdk import Bundle
from tests.models.variants import X, scale_onnx


def bundle(folder: Path, factor: int, version: str) -> Bundle:
    """A model that multiplies by a factor; version 1.0.0 by two, 1.1.0 by three."""
    model = scale_onnx(folder, factor)
    return edgesdk.compile(model, "cpu", name="scale", version=version, samples=[{"x": X}])


def interrupt(seconds: float = 0.2) -> None:
    """Ctrl-C, while the caller waits."""
    main = threading.main_thread().ident
    assert main is not None
    threading.Timer(seconds, signal.pthread_kill, (main, signal.SIGINT)).start()
