"""Fixtures of the conformance suite: a case, its bundles, a device on fresh ground."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgesdk
from edgesdk.backend import Arrays, Device
from edgesdk.bundle import Bundle, Manifest, write_bundle
from edgesdk.bundle.keys import development_key, trusted_keys
from tests.conformance.cases import CASES, Case


@pytest.fixture(autouse=True)
def _own_user(user_folder: Path, third_party_backend: None) -> None:
    """Every test is a user of its own, who has the third-party backend installed."""


@pytest.fixture(params=CASES, ids=str)
def case(
    request: pytest.FixtureRequest,
    user_folder: Path,
    factory: Callable[[str, Path, Path], None],
) -> Case:
    found: Case = request.param
    if found.engine:
        factory(found.engine, user_folder / "boards", user_folder / "config")
    return found


@dataclass
class Bench:
    """A case at work: compile bundles, connect anew, ask which variant answers.

    ``current`` is the open connection of a test that has one.
    """

    case: Case
    folder: Path
    bundles: ExitStack
    current: Device | None = None

    def bundle(self, variant: int = 2, **settings: Any) -> Bundle:
        model = self.case.model(self.folder, variant)
        settings.setdefault("name", "scale")
        settings.setdefault("samples", [self.case.inputs])
        return self._closed_later(edgesdk.compile(model, self.case.target, **settings))

    def connect(self) -> Device:
        return edgesdk.connect(self.case.address(self.folder))

    def rewritten(
        self, bundle: Bundle, replaced: dict[str, bytes] | None = None, **changes: Any
    ) -> Bundle:
        """The bundle with a changed manifest or parts, signed again by the same key."""
        content = {p.name: bundle.read_part(p) for p in bundle.manifest.parts} | (replaced or {})
        manifest: Manifest = replace(bundle.manifest, **changes)
        path = self.folder / "rewritten.edge"
        write_bundle(path, manifest, content, development_key())
        return self._closed_later(edgesdk.read_bundle(path, trusted_keys()))

    def _closed_later(self, bundle: Bundle) -> Bundle:
        return self.bundles.enter_context(bundle)

    def answers(self, variant: int) -> bool:
        """Whether the device runs that variant; connected anew, where it lets two hosts in."""
        if self.case.exclusive and self.current is not None:
            return self._answers(self.current, variant)
        with self.connect() as device:
            return self._answers(device, variant)

    def _answers(self, device: Device, variant: int) -> bool:
        with device.open("scale") as session:
            return equal(session.run(self.case.inputs), self.case.answer(variant))


def equal(got: Arrays, want: Arrays) -> bool:
    return got.keys() == want.keys() and all(np.array_equal(got[k], want[k]) for k in want)


@pytest.fixture
def bench(case: Case, tmp_path: Path) -> Iterator[Bench]:
    with ExitStack() as bundles:
        yield Bench(case, tmp_path, bundles)


@pytest.fixture
def device(bench: Bench) -> Iterator[Device]:
    with bench.connect() as device:
        bench.current = device
        yield device


@pytest.fixture
def installed(bench: Bench, device: Device) -> Callable[[], bool]:
    """Version 1.0.0 (variant 2) is on the device; the fixture asks whether it still answers."""
    with bench.bundle(2) as bundle:
        edgesdk.deploy(bundle, device)
    return lambda: bench.answers(2)
