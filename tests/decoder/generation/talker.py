"""A device that opens a table; as a program, the command line on it, after a delay in seconds."""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np

import edgesdk
from edgesdk.backend import DeviceInfo
from edgesdk.cli import main
from tests.decoder.generation.table import TableSession, byte_vocabulary


class TableDevice:
    """Just enough of a device to open one session on it."""

    info = DeviceInfo("cpu:", "table", "cpu", "a table")

    def __init__(self, session: TableSession) -> None:
        self.session = session

    def models(self) -> tuple[Any, ...]:
        return ()

    def open(self, name: str) -> TableSession:
        return self.session

    def __enter__(self) -> TableDevice:
        return self

    def __exit__(self, *exc: object) -> None:
        return


class SlowSession(TableSession):
    """Takes its time for each token, and says on stderr when it begins."""

    delay = 0.0

    def decode(self, token: int) -> np.ndarray:
        if 1 not in self.calls:
            print("at work", file=sys.stderr, flush=True)
        time.sleep(self.delay)
        return super().decode(token)


if __name__ == "__main__":
    slow = SlowSession(context=4096, text=byte_vocabulary())
    slow.delay = float(sys.argv[1])
    edgesdk.connect = lambda address: TableDevice(slow)  # type: ignore[assignment]
    main(sys.argv[2:])
