"""The engine's C under the sanitizers and without, by two compilers: the same logits, no fault."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from .opened import RUNNING

NATIVE = Path(__file__).parents[3] / "backends/cpu/native"
DRIVER = Path(__file__).with_name("driver.c")
SOURCES = [DRIVER, *sorted(NATIVE.glob("*.c"))]
STANDARD = "-std=c11 -ffp-contract=off -pthread".split()
STRICT = "-Wall -Wextra -Werror".split()
MEMORY = "-O0 -fsanitize=address,undefined -fno-sanitize-recover=all".split()
RACES = "-O1 -g -fsanitize=thread".split()


def logits(folder: Path, compiler: str, *flags: str) -> str:
    """The hashes that the driver prints, which must be one."""
    program = folder / "driver"
    command = [compiler, *STANDARD, *flags, f"-I{NATIVE}", *SOURCES, "-o", program, "-lm"]
    subprocess.run(command, check=True)
    done = subprocess.run([program], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    hashes = done.stdout.split()
    assert len(hashes) == len(RUNNING)
    assert len(set(hashes)) == 1
    return hashes[0]


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> str:
    return logits(tmp_path_factory.mktemp("plain"), "cc", "-O2", *STRICT)


def test_no_fault(tmp_path: Path) -> None:
    assert logits(tmp_path, "cc", *MEMORY)


@pytest.mark.long
def test_no_fault_and_the_same_bits(tmp_path: Path, wanted: str) -> None:
    assert logits(tmp_path, "clang" if shutil.which("clang") else "cc", *MEMORY) == wanted


@pytest.mark.long
def test_no_races(tmp_path: Path, wanted: str) -> None:
    assert logits(tmp_path, "cc", *RACES) == wanted


@pytest.mark.long
@pytest.mark.parametrize("level", ["-O0", "-O3"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_any_compiler(tmp_path: Path, wanted: str, compiler: str, level: str) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed: it compiles the engine as users' compilers do")
    assert logits(tmp_path, compiler, level) == wanted
