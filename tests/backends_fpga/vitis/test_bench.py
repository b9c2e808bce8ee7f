"""The C++ test bench: the kernels against the numpy model, and what it says of a bad file."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.backends_fpga.hls.parts import vendor_flags
from tools.lint_hls import ROOT
from tools.make_hls_vectors import MODELS, vectors

HLS = ROOT / "hls"
FLAGS = ["-std=c++17", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas"]
SANITIZERS = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
# Of the emulator's side only; C++14 compilers take it.
SIMULATION_WARNINGS = ["-Wno-error", "-Wno-c++17-extensions"]
SOURCES = ("kernels/decoder.cpp", "emulator/engine.cpp", "tb/main.cpp")


def compiled(folder: Path, *flags: str, compiler: str = "") -> Path:
    command = shlex.split(compiler or os.environ.get("CXX", "g++"))
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed: it compiles the test bench")
    bench = folder / "bench"
    includes = [f"-I{HLS / 'kernels'}", f"-I{HLS / 'emulator'}"]
    sources = [str(HLS / source) for source in SOURCES]
    subprocess.run([*command, *FLAGS, *includes, *flags, *sources, "-o", bench], check=True)
    return bench


def played(bench: Path, *files: Path) -> tuple[int, str]:
    run = subprocess.run([bench, *files], capture_output=True, text=True, check=False, timeout=120)
    return run.returncode, run.stdout + run.stderr


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("vectors")
    for name in MODELS:
        (folder / name).write_bytes(vectors(name))
    return {name: folder / name for name in MODELS}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("bench"), "-O1")


def test_the_kernels_are_the_models(bench: Path, files: dict[str, Path]) -> None:
    code, said = played(bench, *files.values())
    assert code == 0, said
    assert f"{9 * len(files)} of {9 * len(files)} calls as they must be" in said


@pytest.mark.long
@pytest.mark.parametrize("compiler", ["g++", "clang++"])
@pytest.mark.parametrize("macro", ["-DEDGE_NATIVE", "-DEDGE_CHECK"])
def test_under_the_sanitizers(
    tmp_path: Path, files: dict[str, Path], compiler: str, macro: str
) -> None:
    code, said = played(compiled(tmp_path, *SANITIZERS, macro, compiler=compiler), *files.values())
    assert code == 0, said


@pytest.mark.long
def test_as_the_simulation_of_vitis_compiles_it(tmp_path: Path, files: dict[str, Path]) -> None:
    """C++14 with the vendor's integers: those headers of it that hls4ml carries."""
    flags = ["-O1", "-std=c++14", *vendor_flags(), *SIMULATION_WARNINGS]
    code, said = played(compiled(tmp_path, *flags), files["bare"])
    assert code == 0, said
    assert "build ap_int" in said


def changed(path: Path, folder: Path, at: int, by: int = 1) -> Path:
    """A copy with one byte changed."""
    content = bytearray(path.read_bytes())
    content[at] ^= by
    (folder / "changed").write_bytes(content)
    return folder / "changed"


def test_a_wrong_byte_is_found(bench: Path, files: dict[str, Path], tmp_path: Path) -> None:
    path = files["bare"]
    code, said = played(bench, changed(path, tmp_path, path.stat().st_size - 5))
    assert code == 1  # the last call's expected status
    assert "register 0x21c reads" in said
    assert "8 of 9 calls" in said


def test_a_weight_that_differs_is_found(
    bench: Path, files: dict[str, Path], tmp_path: Path
) -> None:
    header = 8 + 4 + 4 + 8 + 8 + 4 + 16
    code, said = played(bench, changed(files["bare"], tmp_path, header + 40, by=3))
    assert code == 1
    assert "bytes of memory differ" in said


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "ends too early"),
        (b"EDGEVEC2" + bytes(28), "is no file of vectors"),
        (b"EDGEVEC1" + b"\xff" * 24, "asks for more"),
        (b"EDGEVEC1" + bytes(24 + 4), "no call to play"),
        (b"EDGEVEC1" + bytes(24) + b"\1\0\0\0" + bytes(8) + b"\1" + bytes(7), "outside its memory"),
    ],
)
def test_a_file_that_is_none(bench: Path, tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "bad").write_bytes(content)
    code, said = played(bench, tmp_path / "bad")
    assert code == 2
    assert why in said


def test_files_cut_short_anywhere(bench: Path, files: dict[str, Path], tmp_path: Path) -> None:
    whole = files["bare"].read_bytes()
    for length in (9, 20, 40, 60, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut").write_bytes(whole[:length])
        code, said = played(bench, tmp_path / "cut")
        assert code == 2, said
        assert "ends too early" in said
    (tmp_path / "cut").write_bytes(whole + b"\0")
    assert "after its last call" in played(bench, tmp_path / "cut")[1]


def test_nothing_to_play(bench: Path, tmp_path: Path) -> None:
    assert played(bench)[0] == 2
    code, said = played(bench, tmp_path / "none")
    assert code == 2
    assert "cannot be opened" in said
