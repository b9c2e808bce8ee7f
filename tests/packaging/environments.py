"""Environments of their own for the installed wheel, made without a network.

What a distribution needs is linked from the environment that runs the tests: each environment sees
exactly the distributions that it is given, and pip installs the wheel as it would for anybody. A
board may have another Python: ``EDGESDK_BOARD_PYTHON`` names one (PYNQ's image has ``python3.10``),
and then a network is needed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import distribution, requires
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
BOARD = ("numpy", "cffi", "cbor2", "cryptography")
LAPTOP = ("cpu", "host", "media", "emulator", "mcu", "decoder")  # extras


@dataclass(frozen=True)
class Environment:
    """A virtual environment, and the home of a user of it."""

    folder: Path
    home: Path

    @property
    def programs(self) -> Path:
        """Where its programs are."""
        return self.folder / "venv" / "bin"

    @property
    def packages(self) -> Path:
        """Where its packages are."""
        place = {"base": str(self.folder / "venv")}
        return Path(sysconfig.get_path("purelib", "posix_prefix", vars=place))

    def variables(self) -> dict[str, str]:
        """Of a process in it: no compiler is to be found, and no setting of ours."""
        return {
            "PATH": str(self.programs),
            "HOME": str(self.home),
            "CC": "/bin/false",
            "CXX": "/bin/false",
            "LANG": "C.UTF-8",
        }

    def run(
        self, *command: str | Path, code: int = 0, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of it in the user's home; ``code``: how it has to end."""
        name, *arguments = map(str, command)
        done = subprocess.run(
            [str(self.programs / name), *arguments],
            env={**self.variables(), **more},
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
        return done


def make_environment(folder: Path, wheel: Path, needs: Iterable[str]) -> None:
    """An environment with these distributions and the wheel, and nothing else."""
    made = Environment(folder, folder)
    do(sys.executable, "-m", "venv", "--without-pip", folder / "venv")
    for name in needs:
        link(name, made.packages)
    install(made, "--no-index", "--no-deps", str(wheel))


def make_foreign_environment(folder: Path, wheel: Path, needs: Iterable[str], python: str) -> None:
    """The same for another Python, whose distributions come from the network."""
    made = Environment(folder, folder)
    do(python, "-m", "venv", "--without-pip", folder / "venv")
    install(made, *needs)
    install(made, "--no-index", "--no-deps", str(wheel))
    do(*pip(made), "uninstall", "--quiet", "--yes", "pycparser")


def install(environment: Environment, *arguments: str) -> None:
    """Have pip, which is none of the environment's, install something there."""
    do(*pip(environment), "install", "--quiet", "--no-compile", *arguments)


def do(*command: str | Path, **more: Any) -> None:
    """Run a command; where it fails, what it said is the error."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    assert done.returncode == 0, done.stdout + done.stderr


def pip(environment: Environment) -> list[str]:
    """The command that begins with pip for an environment."""
    return [sys.executable, "-m", "pip", "--python", str(environment.programs / "python")]


def closure(lines: Iterable[str], extras: Iterable[str] = ("",)) -> set[str]:
    """The distributions that requirements name, with all that those name in turn."""
    found: set[str] = set()
    for line in lines:
        wanted = Requirement(line)
        if wanted.marker is None or any(wanted.marker.evaluate({"extra": e}) for e in extras):
            found.add(wanted.name)
            found |= closure(requires(wanted.name) or (), wanted.extras or ("",))
    return found


def link(name: str, packages: Path) -> None:
    """Link what a distribution brought into another folder of packages."""
    found = distribution(name)
    tops = {
        file.parts[0] for file in found.files or () if file.parts[0] not in {"..", "__pycache__"}
    }
    for top in sorted(tops):
        source = Path(os.fspath(found.locate_file(top)))
        target = packages / top
        if not target.exists():
            target.symlink_to(source)
