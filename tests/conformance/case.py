"""What a kind of device is to the suite."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from edgesdk.backend import Arrays

Prepare = Callable[[pytest.MonkeyPatch, Path], None]


def _nothing(patch: pytest.MonkeyPatch, folder: Path) -> None:
    return


def _no_options(folder: Path) -> dict[str, str]:
    return {}


@dataclass(frozen=True)
class Case:
    """One kind of device: its address (a folder goes in), target and models.

    ``title``: its row on the page. ``options``: of the compiler. ``prepare``: what each process
    does before it connects. ``packages``, ``programs``: what must be installed.

    ``second_host``, ``second_session``, ``second_host_session``: the id of the error that says that
    there is no room for it; empty where there is. A second connection, as behind a serial port; a
    second session, where a trial ends the first, too; one of a second host, where all share one.

    ``one_model``: room for one model name. ``in_process``: the device is in this process's memory.
    ``engine``: an emulated board's, which is copied from one that was made before. ``long``: its
    tests are too many for every run.
    """

    name: str
    title: str
    address: Callable[[Path], str]
    target: str
    model: Callable[[Path, int], Path]
    inputs: Arrays
    answer: Callable[[int], Arrays]
    options: Callable[[Path], dict[str, str]] = _no_options
    prepare: Prepare = _nothing
    packages: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    opens_bundles: bool = True
    second_host: str = ""
    second_session: str = ""
    second_host_session: str = ""
    one_model: bool = False
    in_process: bool = False
    engine: str = ""
    long: bool = False

    def __str__(self) -> str:
        return self.name

    def absent(self) -> str:
        """Why it cannot run here; empty where it can."""
        lacking = [f"the package {name}" for name in self.packages if find_spec(name) is None]
        lacking += [f"the program {name}" for name in self.programs if shutil.which(name) is None]
        return f"{' and '.join(lacking)} is not installed" if lacking else ""
