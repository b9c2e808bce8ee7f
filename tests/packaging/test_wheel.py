"""What is in the wheel and the sdist, and what the wheel asks of a machine."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from tests.packaging.environments import ROOT, Environment

LIBRARIES = {
    "edgesdk/_native.so",
    "edgesdk_backends/cpu/_decoder.so",
    "edgesdk_backends/fpga/_native.so",
    "edgesdk_backends/fpga/_checked.so",
    "edgesdk_backends/fpga/_host_kernels.so",
    "edgesdk_backends/nand/_kernels.so",
}
# Made by setup.py beside each library; two of the FPGA's share theirs.
DESCRIPTIONS = {
    "edgesdk/_native_abi.py",
    "edgesdk_backends/cpu/_decoder_abi.py",
    "edgesdk_backends/fpga/_engine_abi.py",
    "edgesdk_backends/fpga/_host_kernels_abi.py",
    "edgesdk_backends/nand/_kernels_abi.py",
}
# What a board with Python 3.10 reads in place of the TOML beside it.
TOML_COPIES = {
    "edgesdk_backends/fpga/regs.toml.json",
    "edgesdk_backends/fpga/boards/kv260.toml.json",
    "edgesdk_backends/fpga/profiles/edge.toml.json",
    "edgesdk_backends/fpga/profiles/tellme.toml.json",
}


def test_the_wheel_holds_the_packages_whole_and_nothing_else(
    wheel: Path, sources: set[str]
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert found == _shipped(sources) | LIBRARIES | DESCRIPTIONS | TOML_COPIES


def _shipped(sources: set[str]) -> set[str]:
    """The files of the two packages, under their import names; no C, which is compiled."""
    names = [PurePosixPath(name) for name in sources]
    kept = [
        n
        for n in names
        if n.parts[0] in {"edgesdk", "backends", "edgesdk_start.py"}
        and n.suffix not in {".c", ".h"}
    ]
    return {str(n).replace("backends/", "edgesdk_backends/", 1) for n in kept}


def test_the_wheel_is_for_one_platform_and_every_python(wheel: Path) -> None:
    assert re.fullmatch(r"edgesdk-\d+\.\d+\.\d+-py3-none-linux_\w+\.whl", wheel.name)


def test_the_sdist_holds_what_the_wheel_is_built_of(sdist: Path, sources: set[str]) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {name for name in sources if not name.startswith(".")} - names == set()
    assert not [name for name in names if name.endswith((".so", "_abi.py", ".pyc", ".toml.json"))]


def test_what_the_libraries_need_of_a_machine(laptop: Environment) -> None:
    """The C and C++ libraries that every glibc system has, and no newer glibc than the docs say."""
    needed, newest = set(), (0, 0)
    for name in LIBRARIES:
        text = _read_elf(laptop.packages / name)
        needed |= set(re.findall(r"\(NEEDED\).*\[(.*)\]", text))
        versions = re.findall(r"GLIBC_(\d+)\.(\d+)", text)
        newest = max([newest, *((int(major), int(minor)) for major, minor in versions)])
    assert {re.sub(r"\.so.*", "", name) for name in needed} <= {
        "libc",
        "libm",
        "libstdc++",
        "libgcc_s",
    }
    page = (ROOT / "docs" / "how-to" / "install.md").read_text()
    said = re.search(r"glibc (\d+)\.(\d+)", page)
    assert said is not None
    assert newest <= (int(said[1]), int(said[2]))


def _read_elf(file: Path) -> str:
    try:
        command = ["readelf", "--wide", "--dynamic", "--version-info", str(file)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except FileNotFoundError:
        pytest.skip("readelf is not installed: it comes with the compilers of most systems")


PROGRAM = """
import numpy as np
import edgesdk

def scores(name: str, samples: np.ndarray) -> float:
    with edgesdk.load(name, "cpu:") as session:
        return float(session.run({"audio": samples})["scores"].max())

reveal_type(edgesdk.connect("cpu:").info)
wrong: int = edgesdk.connect("cpu:")
"""


def test_a_user_program_sees_the_types(laptop: Environment, tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="mypy is not installed: it comes with 'dev'")
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "mypy.ini").write_text("[mypy]\n")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir=."]
    command += [f"--python-executable={laptop.programs / 'python'}", "program.py"]
    text = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    assert 'Revealed type is "edgesdk.backend.DeviceInfo"' in text
    assert text.count(": error: ") == 1, text
    assert "Incompatible types in assignment" in text
