"""The register specification, and what is made from it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from edgesdk_backends.fpga.registers import BLOCKS, STATUS
from edgesdk_backends.fpga.registers.header import c_header
from edgesdk_backends.fpga.registers.spec import ADDRESS, OUTPUT
from edgesdk_backends.fpga.registers.system_verilog import system_verilog_package
from tools.make_registers import MADE


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.name)
def test_what_was_made_is_current(path: Path) -> None:
    assert path.read_text() == MADE[path](), "run tools/make_registers.py"


def test_offsets_are_those_of_vitis() -> None:
    """Three arguments by hand: values every 8 bytes, addresses 12, outputs 16."""
    decoder = BLOCKS["decoder"]
    assert decoder.offset("operation") == 0x10
    assert decoder.offset("layers") == 0x18
    assert decoder.offset("weights_0") == 0x10 + 18 * 8
    assert decoder.offset("weights_1") == decoder.offset("weights_0") + 12
    assert decoder.offset("identity") == 0x10 + 18 * 8 + 17 * 12
    assert decoder.offset("status") == decoder.offset("identity") + 11 * 16


@pytest.mark.parametrize("name", BLOCKS)
def test_words_lie_apart_and_within_the_window(name: str) -> None:
    block = BLOCKS[name]
    words = [word for register in block.registers for word in register.words]
    assert len(set(words)) == len(words)
    assert all(word % 4 == 0 and 0x10 <= word < block.range for word in words)
    for register in block.registers:
        assert len(register.words) == (2 if register.kind in {ADDRESS, OUTPUT} else 1)
    assert block.inputs + block.outputs == block.registers


def test_identities_are_text() -> None:
    names = [block.identity.to_bytes(4, "big") for block in BLOCKS.values()]
    assert names == [b"EDK1", b"EDM1"]


def test_statuses_have_numbers_of_their_own() -> None:
    assert sorted(STATUS.values()) == list(range(len(STATUS)))
    assert STATUS["done"] == 0


def test_unknown_registers_are_key_errors() -> None:
    with pytest.raises(KeyError):
        BLOCKS["decoder"].offset("colour")


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("language", ["c", "c++"])
def test_the_header_compiles(compiler: str, language: str, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    standard = {"c": "c11", "c++": "c++17"}[language]
    source = tmp_path / "uses.c"
    source.write_text(c_header() + "enum { PLACE = EDGE_DECODER_STATUS };\n")
    flags = [f"-std={standard}", "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only"]
    subprocess.run([compiler, "-x", language, *flags, source], check=True)


def test_both_files_say_the_same() -> None:
    pattern = r"(MATMUL_\w+?|STATUS_\w+)(?: = \d+'h| 0x| )([0-9A-F]+)"
    of_c = dict(re.findall(r"#define EDGE_" + pattern + "u", c_header()))
    of_verilog = dict(re.findall(pattern + ";", system_verilog_package()))
    del of_c["MATMUL_RANGE"]
    values = {name: int(text, 16) for name, text in of_verilog.items()}
    assert {name: int(text, 16) for name, text in of_c.items()} == values
    assert len(of_c) == 1 + len(BLOCKS["matmul"].registers) + len(STATUS)


def test_verilator_takes_the_package(tmp_path: Path) -> None:
    if shutil.which("verilator") is None:
        pytest.skip("verilator is not installed")
    source = tmp_path / "registers_pkg.sv"
    user = "module user(output logic [11:0] o); assign o = registers_pkg::MATMUL_ROWS; endmodule"
    source.write_text(f"{system_verilog_package()}\n{user}\n")
    lint = ["verilator", "--lint-only", "-Wall", "-Wno-DECLFILENAME", "--top-module", "user"]
    subprocess.run([*lint, source], check=True)
