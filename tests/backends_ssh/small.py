"""Small things that several files of tests use."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import edgesdk
from edgesdk import Bundle
from tests.models.variants import X, scale_onnx
from tests.waiting import until


def bundle(folder: Path, factor: int, version: str) -> Bundle:
    """A model that multiplies by a factor; version 1.0.0 by two, 1.1.0 by three."""
    model = scale_onnx(folder, factor)
    return edgesdk.compile(model, "cpu", name="scale", version=version, samples=[{"x": X}])


def interrupt(
    once: Callable[[], object] = lambda: True, then: Callable[[], object] = lambda: None
) -> None:
    """Ctrl-C, while the caller waits: a moment after something holds, and before something else."""
    main = threading.main_thread().ident
    assert main is not None

    def strike() -> None:
        until(once)
        time.sleep(0.2)
        signal.pthread_kill(main, signal.SIGINT)
        then()

    threading.Thread(target=strike).start()
