"""The checks beside the tools: the registers that were built, resources, the whole build."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edgesdk_backends.fpga.registers.spec import ADDRESS, BLOCKS, OUTPUT, Register
from tools.lint_hls import ROOT

VITIS = ROOT / "hls" / "vitis"
BLOCK = BLOCKS["decoder"]
CONTROL = ("AP_CTRL", 0x0), ("GIE", 0x4), ("IER", 0x8), ("ISR", 0xC)


def hardware_header(*, without: str = "", renamed: str = "", shift: int = 0) -> str:
    """The register map as Vitis HLS writes it for software, in the documented style."""
    lines = ["// 0x00 : Control signals", "//        bit 0  - ap_start (Read/Write/COH)"]
    lines += [f"#define XEDGE_DECODER_CONTROL_ADDR_{name:<30} {at:#05x}" for name, at in CONTROL]
    for register in BLOCK.registers:
        if register.name != without:
            name = register.name.upper() + ("_R" if register.name == renamed else "")
            lines += _defined(register, name, shift if register.name == "status" else 0)
    return "\n".join(lines) + "\n"


def _defined(register: Register, name: str, shift: int) -> list[str]:
    bits = 64 if register.kind == ADDRESS else 32
    at = register.offset + shift
    prefix = "#define XEDGE_DECODER_CONTROL"
    lines = [f"{prefix}_ADDR_{name}_DATA {at:#05x}", f"{prefix}_BITS_{name}_DATA {bits}"]
    if register.kind == OUTPUT:
        lines.append(f"{prefix}_ADDR_{name}_CTRL {at + 4:#05x}")
    return lines


def check(script: str, *arguments: object) -> tuple[int, str]:
    command = [sys.executable, str(VITIS / script), *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in run.stderr, run.stderr
    return run.returncode, run.stdout + run.stderr


def test_our_registers(tmp_path: Path) -> None:
    (tmp_path / "drivers").mkdir()
    (tmp_path / "drivers" / "xedge_decoder_hw.h").write_text(hardware_header())
    code, said = check("check_registers.py", tmp_path)
    assert code == 0, said
    assert f"{len(BLOCK.registers)} of them" in said


def test_a_name_that_is_a_word_of_verilog(tmp_path: Path) -> None:
    (tmp_path / "xedge_decoder_hw.h").write_text(hardware_header(renamed="context"))
    assert check("check_registers.py", tmp_path)[0] == 0


@pytest.mark.parametrize(
    ("header", "word"),
    [
        (hardware_header(without="epsilon"), "epsilon: not built"),
        (hardware_header(shift=8), "status: built at 0x224, not 0x21c"),
        (
            hardware_header().replace("BITS_WEIGHTS_0_DATA 64", "BITS_WEIGHTS_0_DATA 32"),
            "weights_0",
        ),
        (hardware_header().replace("_IDENTITY_CTRL", "_IDENTITY_O_CTRL"), "identity: no valid bit"),
        (hardware_header().replace("AP_CTRL ", "NO_CTRL "), "AP_CTRL: not there"),
        (
            hardware_header() + "#define XEDGE_DECODER_CONTROL_ADDR_EXTRA_DATA 0x300\n",
            "extra: built",
        ),
    ],
)
def test_other_registers(tmp_path: Path, header: str, word: str) -> None:
    (tmp_path / "xedge_decoder_hw.h").write_text(header)
    code, said = check("check_registers.py", tmp_path)
    assert code == 1
    assert word in said
    assert "do not load this block" in said


def test_no_header(tmp_path: Path) -> None:
    code, said = check("check_registers.py", tmp_path)
    assert code == 1
    assert "no xedge_decoder_hw.h" in said


def utilization(urams: int, total: int = 64, columns: str = "|     0 |          0 ") -> str:
    """Parts of Vivado's report, in its documented style."""
    return f"""
1. CLB Logic
------------
+----------------------------+--------+-------+------------+-----------+-------+
|          Site Type         |  Used  | Fixed | Prohibited | Available | Util% |
+----------------------------+--------+-------+------------+-----------+-------+
| CLB LUTs                   |  81234 {columns}|    117120 | 69.36 |
|   LUT as Logic             |  70000 {columns}|    117120 | 59.77 |
| CLB Registers              | 100001 {columns}|    234240 | 42.69 |
| Block RAM Tile             |  100.5 {columns}|       144 | 69.79 |
|   RAMB36/FIFO*             |     90 {columns}|       144 | 62.50 |
| URAM                       |     {urams} {columns}|        {total} | 50.00 |
| DSPs                       |    300 {columns}|      1248 | 24.04 |
+----------------------------+--------+-------+------------+-----------+-------+
"""


@pytest.mark.parametrize("columns", ["|     0 |          0 ", "|     0 "])
def test_within_the_budget(tmp_path: Path, columns: str) -> None:
    report = tmp_path / "utilization.rpt"
    report.write_text(utilization(51, columns=columns))
    code, said = check("check_utilization.py", report)
    assert code == 0, said
    assert "100.5 of     144" in said


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (utilization(52), "URAM: 52 is more than 51.2"),
        (utilization(20, total=96), "URAM: the report is of a part with 96"),
        ("nothing", "CLB LUTs: not in the report"),
    ],
)
def test_beyond_the_budget(tmp_path: Path, text: str, word: str) -> None:
    report = tmp_path / "utilization.rpt"
    report.write_text(text)
    code, said = check("check_utilization.py", report)
    assert code == 1
    assert word in said


def test_no_report(tmp_path: Path) -> None:
    code, said = check("check_utilization.py", tmp_path / "none.rpt")
    assert code == 1
    assert "cannot be read" in said


# ---- the whole build, with tools that only leave what the real ones would ---------------------

HLS = """#!/bin/sh
[ "$1" = -version ] && echo 'Vitis HLS v2023.2 (64-bit)' && exit 0
echo "hls $EDGE_CLOCK_MHZ $*" >>calls
mkdir -p edge_hls/solution/impl/ip
cp "$SAMPLES/xedge_decoder_hw.h" edge_hls/solution/impl/ip
"""
VIVADO = """#!/bin/sh
[ "$1" = -version ] && echo "vivado v$VERSION (64-bit)" && exit 0
echo "vivado $*" >>calls
mkdir -p out
echo fabric >out/edge.bit
echo '<EDKSYSTEM/>' >out/edge.hwh
echo 249.997 >out/clock_mhz.txt
cp "$SAMPLES/utilization.rpt" out
"""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder of programs and samples."""
    for program in ("sh", "sed", "head", "sort", "cut", "cat", "mkdir", "cp", "echo", "sha256sum"):
        found = shutil.which(program)
        assert found
        (tmp_path / program).symlink_to(found)
    (tmp_path / "python3").symlink_to(sys.executable)
    (tmp_path / "dirname").symlink_to(str(shutil.which("dirname")))
    for name, text in (("vitis_hls", HLS), ("vivado", VIVADO)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    (tmp_path / "xedge_decoder_hw.h").write_text(hardware_header())
    (tmp_path / "utilization.rpt").write_text(utilization(40))
    return tmp_path


def build(machine: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("EDGE_")}
    own = {"PATH": str(machine), "SAMPLES": str(machine), "VERSION": "2023.2"}
    own["EDGE_BUILD"] = str(machine / "build")
    run = subprocess.run(
        ["sh", str(VITIS / "build.sh"), *arguments],
        env=clean | own | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return run.returncode, run.stdout + run.stderr


def test_the_build_names_the_bitstream_by_its_content(machine: Path) -> None:
    code, said = build(machine, "200")
    assert code == 0, said
    digest = hashlib.sha256(b"fabric\n").hexdigest()[:16]
    for suffix in ("bit", "hwh"):
        assert (machine / "build" / "out" / f"edge-{digest}.{suffix}").is_file()
    assert f"bitstream={machine}/build/out/edge-{digest}.bit" in said
    assert "--target fpga:kv260" in said
    assert "clock=249.997" in said
    calls = (machine / "build" / "calls").read_text().splitlines()
    assert calls[0].startswith("hls 200 -f ")
    assert calls[0].endswith("hls/vitis/run_hls.tcl")
    assert calls[1].endswith("-source " + str(VITIS / "block_design.tcl"))


def test_the_build_stops_at_what_is_wrong(machine: Path) -> None:
    (machine / "utilization.rpt").write_text(utilization(60))
    code, said = build(machine)
    assert code != 0
    assert "URAM: 60" in said
    assert "edgesdk compile" not in said
    (machine / "xedge_decoder_hw.h").write_text(hardware_header(without="status"))
    assert "status: not built" in build(machine)[1]


@pytest.mark.parametrize(
    ("missing", "version", "word"),
    [
        ("vivado", "2023.2", "vivado is not on the PATH"),
        ("vitis_hls", "2023.2", "neither vitis_hls nor vitis-run"),
        ("", "2019.1", "vivado is 2019.1; 2022.1 or newer"),
        ("", "", "does not tell its version"),
    ],
)
def test_the_build_needs_its_tools(machine: Path, missing: str, version: str, word: str) -> None:
    if missing:
        (machine / missing).unlink()
    code, said = build(machine, VERSION=version)
    assert code == 1
    assert word in said
    assert not (machine / "build" / "calls").exists()
