"""The sdist and the wheel, built once for all that test them."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from sysconfig import get_platform

import pytest

from edgesdk import toml
from tests.cli.conftest import edge  # noqa: F401 - a fixture
from tests.packaging.environments import (
    BOARD,
    LAPTOP,
    ROOT,
    Environment,
    closure,
    do,
    make_environment,
    make_foreign_environment,
)

Once = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """``once(name, make)``: a folder that ``make`` fills once for all processes of the test run."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def made(name: str, make: Callable[[Path], None]) -> Path:
        folder = base / f"packaging-{name}"
        with (base / f"packaging-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                folder.mkdir()
                try:
                    make(folder)
                except Exception as error:  # told again to each test that asks for the folder
                    (folder / "failed").write_text(f"{type(error).__name__}: {error}")
        failed = folder / "failed"
        assert not failed.exists(), failed.read_text()
        return folder

    return made


@pytest.fixture(scope="session")
def sdist(once: Once) -> Path:
    """The source distribution, built from a copy of the checkout."""
    (found,) = once("sdist", _build_sdist).glob("*.tar.gz")
    return found


@pytest.fixture(scope="session")
def wheel(once: Once, sdist: Path) -> Path:
    """The wheel, built from the source distribution alone."""
    (found,) = once("wheel", lambda folder: _build_wheel(folder, sdist)).glob("*.whl")
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home for the user of an environment."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def board(once: Once, wheel: Path, home: Path) -> Environment:
    """A board: the wheel beside the four libraries that it cannot do without."""
    return Environment(_board(once, "board", wheel, BOARD), home)


@pytest.fixture
def board_with_runtime(once: Once, wheel: Path, home: Path) -> Environment:
    """The same with ONNX Runtime."""
    return Environment(_board(once, "runtime", wheel, (*BOARD, "onnxruntime")), home)


@pytest.fixture
def laptop(once: Once, wheel: Path, home: Path) -> Environment:
    """A laptop: the wheel with the extras that compile, emulate and write."""
    project = toml.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [line for name in LAPTOP for line in project["optional-dependencies"][name]]
    needs = closure([*project["dependencies"], *extras])
    return Environment(once("laptop", lambda at: make_environment(at, wheel, needs)), home)


@pytest.fixture(scope="session")
def sources(sdist: Path) -> set[str]:
    """The files of the checkout that belonged to the project when the sdist was built."""
    return set((sdist.parent / "sources").read_text().splitlines())


def _source_files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    return [name for name in listed if name and (ROOT / name).is_file()]


def _build_sdist(folder: Path) -> None:
    source = folder / "source"
    names = _source_files()
    for name in names:
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    (folder / "sources").write_text("\n".join(names))
    _leave_built(source)
    _build("--sdist", source, folder)
    shutil.rmtree(source)


def _build_wheel(folder: Path, sdist: Path) -> None:
    (folder / "unpacked").mkdir()
    subprocess.run(["tar", "-xzf", sdist, "-C", folder / "unpacked"], check=True)
    (source,) = (folder / "unpacked").iterdir()
    _leave_built(source)
    built = source / "build" / f"lib.{get_platform()}-{sys.implementation.cache_tag}" / "edgesdk"
    built.mkdir(parents=True)
    (built / "_old_module.py").touch()
    _build("--wheel", source, folder)
    assert (built / "_native.so").exists()  # the folder that this build used, too
    shutil.rmtree(folder / "unpacked")


def _leave_built(source: Path) -> None:
    """What earlier builds leave in a source tree; git ignores it, and nothing may ship it."""
    for name in ("cpu/_old.so", "fpga/boards/gone.toml.json"):
        (source / "backends" / name).touch()


def _build(kind: str, source: Path, folder: Path) -> None:
    """Without most optimisation: the compilers are what takes long."""
    command = [sys.executable, "-m", "build", kind, "--no-isolation", "-o", str(folder), "."]
    do(*command, cwd=source, env={**os.environ, "CFLAGS": "-O1", "CXXFLAGS": "-O1"})


def _board(once: Once, name: str, wheel: Path, needs: tuple[str, ...]) -> Path:
    python = os.environ.get("EDGESDK_BOARD_PYTHON")
    if python is None:
        return once(name, lambda folder: make_environment(folder, wheel, needs))
    return once(name, lambda folder: make_foreign_environment(folder, wheel, needs, python))
