"""A deployed model: put there, asked, and what a report says of it."""

from __future__ import annotations

import numpy as np

import edgesdk
from edgesdk.backend import FitReport
from edgesdk.bundle import Bundle

TARGET = "fpga:kv260"
PROMPT = np.array([1, 5, 2], np.int32)


def answer(address: str = "emu:fpga") -> list[int]:
    with edgesdk.load("m", address) as session:
        found: list[int] = session.run({"tokens": PROMPT})["continuation"].tolist()
        return found


def deploy(bundle: Bundle, address: str = "emu:fpga") -> None:
    with edgesdk.connect(address) as device:
        edgesdk.deploy(bundle, device)


def rows(report: FitReport) -> dict[str, tuple[str, str, bool]]:
    return {row.resource: (row.needed, row.available, row.fits) for row in report.rows}
