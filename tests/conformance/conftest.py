"""Fixtures of the conformance suite: a case, its bundles, a device on fresh ground."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import edgesdk
from edgesdk.backend import Device
from edgesdk.bundle.keys import development_key
from tests.conformance.bench import Bench, Foundry
from tests.conformance.case import Case
from tests.conformance.cases import CASES

Note = Callable[[str], None]


def pytest_configure(config: pytest.Config) -> None:
    """The mark that puts a test in a column."""
    config.addinivalue_line("markers", "column(name): the column of the conformance table")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Row and column go into the reports, from which the table is made."""
    case = getattr(getattr(item, "callspec", None), "params", {}).get("case")
    if isinstance(case, Case):
        columns = {mark.args[0] for mark in item.iter_markers("column")}
        item.user_properties.append(("row", case.name))
        item.user_properties.append(("column", " and ".join(sorted(columns))))


@pytest.fixture
def note(record_property: Callable[[str, object], None]) -> Note:
    """Say something in this test's cell of the table."""
    return lambda text: record_property("note", text)


def _rows() -> list[object]:
    return [pytest.param(c, id=c.name, marks=[pytest.mark.long] * c.long) for c in CASES]


@pytest.fixture(scope="session")
def foundry(tmp_path_factory: pytest.TempPathFactory) -> Foundry:
    """Bundles, and the key that signs them."""
    folder = tmp_path_factory.mktemp("foundry")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDGESDK_CONFIG", str(folder / "config"))
        development_key()
    return Foundry(folder)


@pytest.fixture(params=_rows())
def case(
    request: pytest.FixtureRequest,
    user_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    factory: Callable[[str, Path, Path], None],
    foundry: Foundry,
) -> Case:
    """One kind of device. Every test is a user of its own, with a key that others had before."""
    found: Case = request.param
    if why := found.absent():
        pytest.skip(f"not here: {why}")
    if found.in_process:
        request.getfixturevalue("third_party_backend")
    shutil.copytree(foundry.folder / "config", user_folder / "config")
    if found.engine:
        factory(found.engine, user_folder / "boards", user_folder / "config")
    found.prepare(monkeypatch, user_folder)
    return found


@pytest.fixture
def bench(
    request: pytest.FixtureRequest, case: Case, tmp_path: Path, foundry: Foundry
) -> Iterator[Bench]:
    with ExitStack() as bundles:
        bench = Bench(case, tmp_path, bundles, foundry)
        if "installed" in request.fixturenames and case.engine:
            foundry.board(case.name, tmp_path, lambda: _install(bench))
        yield bench


def _install(bench: Bench) -> None:
    """Version 1.0.0 (variant 2)."""
    with bench.connect() as device:
        edgesdk.deploy(bench.bundle(2), device)


@pytest.fixture
def device(bench: Bench) -> Iterator[Device]:
    with bench.connect() as device:
        bench.current = device
        yield device


@pytest.fixture
def installed(bench: Bench, device: Device) -> Callable[[], bool]:
    """Version 1.0.0 (variant 2) is on the device; the fixture asks whether it still answers."""
    if not bench.case.engine:  # a board was copied with it
        edgesdk.deploy(bench.bundle(2), device)
    return lambda: bench.answers(2)


@pytest.fixture
def session(device: Device, installed: Callable[[], bool]) -> edgesdk.Session:
    return device.open("scale")
