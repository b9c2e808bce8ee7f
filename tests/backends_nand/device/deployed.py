"""What the tests of a whole device share: deploying a bundle, asking what answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import edgesdk
from edgesdk.backend import FitReport
from edgesdk.bundle import Bundle, Manifest, write_bundle
from edgesdk.bundle.keys import development_key, trusted_keys

TARGET = "nand:cambricon-s"
ADDRESS = "emu:nand?preset=cambricon-s"
PROMPT = np.array([1, 5, 2], np.int32)


def deploy(bundle: Bundle, address: str = ADDRESS) -> None:
    with edgesdk.connect(address) as device:
        edgesdk.deploy(bundle, device)


def rewritten(bundle: Bundle, manifest: Manifest, path: Path, **parts: bytes) -> Bundle:
    """A bundle with another manifest and other ``parts`` by name, signed again."""
    content = {part.name: bundle.read_part(part) for part in bundle.manifest.parts} | parts
    write_bundle(path, manifest, content, development_key())
    return edgesdk.read_bundle(path, trusted_keys())


def answer(address: str = ADDRESS) -> list[int]:
    """The tokens that follow the prompt."""
    with edgesdk.connect(address) as device, device.open("m") as session:
        return session.run({"tokens": PROMPT})["continuation"].tolist()


def rows(report: FitReport) -> dict[str, tuple[str, str, bool]]:
    """Needed, available and whether it fits, by resource."""
    return {row.resource: (row.needed, row.available, row.fits) for row in report.rows}
