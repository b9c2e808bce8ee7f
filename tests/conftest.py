"""Fixtures for every room's tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import edgesdk
from tests.counting import Count
from tests.own_user import own_user

HERE = Path(__file__).parent

# For the tests that import onnxruntime themselves; see edgesdk/onnx_runtime.py.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
# An example may take as long as a busy machine makes it.
settings.register_profile("edgesdk", deadline=None)
settings.load_profile("edgesdk")


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real models, sounds and text that EDGESDK_DATA names."""
    folder = os.environ.get("EDGESDK_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("EDGESDK_DATA names no folder: the tests on real models and sounds need it")
    return Path(folder)


@pytest.fixture
def user_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user of its own: empty configuration (keys) and store folders, no settings."""
    monkeypatch.chdir(tmp_path)
    return own_user(monkeypatch, tmp_path)


@pytest.fixture(scope="session")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Path, Path], None]:
    """Makes an emulated board once for each engine; gives copies of it, and of its owner's key.

    ``factory(engine, state, config)`` puts them where a test's user has its boards and keys.
    """
    home = tmp_path_factory.mktemp("factory")

    def copy(engine: str, state: Path, config: Path) -> None:
        if engine == "qemu" and shutil.which("qemu-system-arm") is None:
            pytest.skip("qemu-system-arm is not installed: it is the emulator's second engine")
        flash = home / "boards" / f"board-{engine}.flash"
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("EDGESDK_CONFIG", str(home / "config"))
            if not flash.exists():
                edgesdk.connect(f"emu:mcu?engine={engine}&state={flash.parent}").close()
        shutil.copytree(home / "config", config, dirs_exist_ok=True)
        state.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "--sparse=always", str(flash), str(state)], check=True)

    return copy


@pytest.fixture(scope="session")
def plugin_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The third-party backend of tests/plugins, installed by pip into a folder of its own."""
    folder = tmp_path_factory.mktemp("site")
    source = tmp_path_factory.mktemp("source") / "edgesdk-numpy"
    subprocess.run(["cp", "-r", str(HERE / "plugins" / "edgesdk-numpy"), str(source)], check=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--target", str(folder), str(source)]
    subprocess.run(command, check=True)
    return folder


@pytest.fixture
def third_party_backend(plugin_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The third-party backend is installed, as far as this process can see."""
    from edgesdk import registry

    monkeypatch.syspath_prepend(str(plugin_folder))
    registry.refresh()
    yield
    monkeypatch.undo()
    registry.refresh()


@pytest.fixture
def count(record_property: Callable[[str, object], None]) -> Count:
    """Note a count under a name; the run prints all of them."""
    return lambda name, number: record_property(f"count:{name}", number)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the fault tests counted; here, because only this file is seen by all runs."""
    reports = terminalreporter.getreports("passed")
    counts = [
        (name.removeprefix("count:"), number)
        for report in reports
        for name, number in report.user_properties
        if name.startswith("count:") and report.when == "call"
    ]
    if counts:
        terminalreporter.section("faults")
        for name, number in counts:
            terminalreporter.write_line(f"{number:>8}  {name}")
        cuts = sum(number for name, number in counts if not name.endswith("disks"))
        terminalreporter.write_line(f"{cuts:>8}  cuts in all")
