"""What the tools say of the sources: no warning of any."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from edgesdk.errors import NoDevice
from edgesdk_backends.fpga.emulator import rtl_build
from edgesdk_backends.fpga.emulator.rtl_build import (
    HLS,
    RTL,
    TOP,
    VERILATOR_WARNINGS,
    rtl_library,
    rtl_sources,
)
from edgesdk_backends.fpga.emulator.rtl_simulation import Simulation


def said(*command: str) -> str:
    done = subprocess.run(command, cwd=RTL, capture_output=True, text=True, check=False)
    words = done.stdout + done.stderr
    assert (done.returncode == 0) == (words == "")
    return words


def lint(*options: str, strict: bool = True) -> str:
    """What Verilator says: of everything that it may warn of, or as the simulation is built."""
    if shutil.which("verilator") is None:
        pytest.skip("verilator is not installed: it simulates the RTL")
    sources = [path.name for path in rtl_sources()]
    warnings = ("-Wall",) if strict else VERILATOR_WARNINGS
    fixed = ("--lint-only", *warnings, "--top-module", TOP)
    return said("verilator", *fixed, *options, *sources)


def test_verilator_has_nothing_to_say() -> None:
    assert lint("-GCHUNK=2") == ""


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(1, 9))
def test_nor_of_other_sizes(chunk: int) -> None:
    assert lint(f"-GCHUNK={chunk}") == ""
    assert lint(f"-GCHUNK={chunk}", "-GMAX_ROWS=512", "-GMAX_TILES=4") == ""


@pytest.mark.parametrize("size", ["CHUNK=9", "MAX_ROWS=24", "MAX_ROWS=8192", "MAX_TILES=86"])
def test_sizes_that_it_cannot_have(size: str) -> None:
    """More rows than steps are counted, more tiles than a sum of 21 bits holds: a build fails."""
    assert f"{size.partition('=')[0]} is " in lint(f"-G{size}", strict=False)


@pytest.mark.long
def test_the_largest_sizes() -> None:
    assert lint("-GMAX_ROWS=8176", "-GMAX_TILES=85") == ""


def test_each_bus_has_every_signal_that_a_block_design_looks_for() -> None:
    """AXI4's, with their widths in bits."""
    text = (RTL / f"{TOP}.v").read_text()
    port = r"^    (?:in|out)put wire (?:\[(\d+):0\] )?m_axi_(\w+)_(\w+?),?$"
    found = re.findall(port, text, re.MULTILINE)
    buses: dict[str, dict[str, int]] = {}
    for high, bus, signal in found:
        buses.setdefault(bus, {})[signal] = int(high or 0) + 1
    address = {"addr": 64, "len": 8, "size": 3, "burst": 2, "lock": 1, "cache": 4, "prot": 3}
    address |= {"qos": 4, "valid": 1, "ready": 1}
    word = {"data": 128, "resp": 2, "last": 1, "valid": 1, "ready": 1}
    reads = {f"ar{name}": bits for name, bits in address.items()}
    reads |= {f"r{name}": bits for name, bits in word.items()}
    writes = {f"aw{name}": bits for name, bits in address.items()}
    writes |= {f"w{name}": bits for name, bits in {**word, "strb": 16}.items() if name != "resp"}
    writes |= {"bresp": 2, "bvalid": 1, "bready": 1}
    assert buses == {"sums": writes} | dict.fromkeys(
        ["weights_0", "weights_1", "weights_2", "weights_3", "codes"], reads
    )


@pytest.mark.parametrize("compiler", ["g++", pytest.param("clang++", marks=pytest.mark.long)])
def test_the_harness_compiles_without_a_warning(block: Simulation, compiler: str) -> None:
    """What Verilator generated is a stranger's code, and may be warned of."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    model = rtl_library(8).parent / "model"
    found = re.search(r"^VERILATOR_ROOT = (.+)$", (model / f"V{TOP}.mk").read_text(), re.M)
    assert found
    strangers = ("-isystem", str(model), "-isystem", f"{found[1]}/include")
    flags = ("-std=c++17", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off", "-fsyntax-only")
    assert said(compiler, *flags, *strangers, f"-I{HLS / 'kernels'}", "harness.cpp") == ""


def test_each_module_has_a_file_of_its_name_and_says_what_it_is() -> None:
    for path in [*RTL.glob("edge_*.sv"), RTL / f"{TOP}.v"]:
        text = path.read_text()
        assert text.startswith("// "), path.name
        assert text.count("\nendmodule") + text.count("\nendpackage") == 1, path.name
        assert f" {path.stem} " in text.replace(";", " "), path.name


def test_without_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtl_build, "RTL", tmp_path)
    with pytest.raises(NoDevice, match="from source") as raised:
        rtl_library(8)
    assert raised.value.id == "EDGE-0322"


def test_without_verilator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("EDGESDK_BUILDS", str(tmp_path / "builds"))
    with pytest.raises(NoDevice, match="not there") as raised:
        rtl_library(8)
    assert raised.value.id == "EDGE-0320"
    assert (HLS / "rtl") == RTL
