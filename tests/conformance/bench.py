"""A case at work: what the tests do to every kind of device."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgesdk
from edgesdk import Bundle, Device, DeviceUnavailable
from edgesdk.backend import Arrays
from edgesdk.bundle import Manifest, Part, write_bundle
from edgesdk.bundle.keys import development_key, trusted_keys
from edgesdk.bundle.signing import SigningKey
from tests.conformance.case import Case

StillOld = Callable[[], bool]


class Foundry:
    """Bundles that are compiled once for all tests of a process, and the key that signs them.

    That a second compile gives the same bytes is a test of its own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made: dict[object, Path] = {}

    def bundle(self, key: object, make: Callable[[Path], Bundle]) -> Path:
        """The file that was made for the key, or is made now."""
        if key not in self._made:
            path = self.folder / f"{len(self._made)}.edge"
            make(path).close()
            self._made[key] = path
        return self._made[key]

    def board(self, name: str, user: Path, install: Callable[[], None]) -> None:
        """Give the user an emulated board with the model that ``install`` puts there, or a copy."""
        kept = self.folder / name
        if kept.exists():
            command = ["cp", "-r", "--sparse=always", f"{kept}/.", str(user / "boards")]
        else:
            install()
            command = ["cp", "-r", "--sparse=always", str(user / "boards"), str(kept)]
        subprocess.run(command, check=True)


@dataclass
class Bench:
    """A case at work: compile bundles, connect anew, ask which variant answers.

    ``current`` is the open connection of a test that has one.
    """

    case: Case
    folder: Path
    bundles: ExitStack
    foundry: Foundry
    current: Device | None = None

    def compile(self, variant: int, **settings: Any) -> Bundle:
        """A model of a variant, compiled for the case's target."""
        model = self.case.model(self.folder, variant)
        settings = {"name": "scale", "options": self.case.options(self.folder), **settings}
        settings.setdefault("samples", [self.case.inputs])
        return edgesdk.compile(model, self.case.target, **settings)

    def bundle(self, variant: int = 2, **settings: Any) -> Bundle:
        """The same, or one that an earlier test compiled."""
        signer: SigningKey = settings.get("key") or development_key()
        key = (self.case.name, signer.public, variant, *sorted(settings.items()))
        path = self.foundry.bundle(key, lambda p: self.compile(variant, output=p, **settings))
        return self.bundles.enter_context(edgesdk.read_bundle(path, [signer.public]))

    def connect(self) -> Device:
        """The device, connected anew."""
        return edgesdk.connect(self.case.address(self.folder))

    def rewritten(
        self, bundle: Bundle, replaced: dict[str, bytes] | None = None, **changes: Any
    ) -> Bundle:
        """The bundle with a changed manifest or parts, signed again by the same key."""
        content = {p.name: bundle.read_part(p) for p in bundle.manifest.parts} | (replaced or {})
        manifest: Manifest = replace(bundle.manifest, **changes)
        path = self.folder / "rewritten.edge"
        write_bundle(path, manifest, content, development_key())
        return self.bundles.enter_context(edgesdk.read_bundle(path, trusted_keys()))

    def with_parts(self, bundle: Bundle, changed: dict[str, bytes]) -> Bundle:
        """The bundle with another content of some parts, signed again by the same key."""
        parts = []
        for part in bundle.manifest.parts:
            data = changed.get(part.name, bundle.read_part(part))
            parts.append(replace(part, size=len(data), sha256=hashlib.sha256(data).hexdigest()))
        return self.rewritten(bundle, changed, parts=tuple(parts))

    def stage(self, device: Device, bundle: Bundle, parts: Iterable[Part]) -> None:
        """Put parts on a device that has begun: it has read them back as they are."""
        for part in parts:
            with bundle.open_part(part) as stream:
                assert device.stage(part, stream, lambda done: None) == part.sha256

    def answers(self, variant: int) -> bool:
        """Whether the device runs that variant; connected anew, where it lets two hosts in."""
        if self.case.second_host and self.current is not None:
            return self._answers(self.current, variant)
        with self.connect() as device:
            return self._answers(device, variant)

    def _answers(self, device: Device, variant: int) -> bool:
        with device.open("scale") as session:
            return equal(session.run(self.case.inputs), self.case.answer(variant))

    def refused_second_host(self) -> DeviceUnavailable | None:
        """How a device with room for one host refuses a second; None where it lets one in."""
        if not self.case.second_host:
            return None
        with pytest.raises(DeviceUnavailable) as caught:
            self.connect()
        assert (caught.value.id, caught.value.exit_code) == (self.case.second_host, 5)
        return caught.value


def equal(got: Arrays, want: Arrays) -> bool:
    """To the bit."""
    return got.keys() == want.keys() and all(np.array_equal(got[k], want[k]) for k in want)
