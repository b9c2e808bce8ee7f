"""The float loops of every form, and of 64-bit ARM on an emulated processor: the same bits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.backends_cpu.kernels.emulated import FLAGS, HERE, NATIVE, Machine

HASH = Path(__file__).with_name("float_hash.c")
PROGRAM = "-std=c11 -O2 -ffp-contract=off -Wall -Wextra -Werror -pthread -DHASH_PROGRAM".split()
LINK = "-nostdlib -static -Wl,--no-gc-sections -Wl,--entry=edge_float_hash".split()


@pytest.fixture(scope="module")
def hashes(tmp_path_factory: pytest.TempPathFactory) -> list[int]:
    """Of each form that this machine runs."""
    program = tmp_path_factory.mktemp("hash") / "hash"
    library = NATIVE.parent / "_decoder.so"
    command = ["cc", *PROGRAM, f"-I{NATIVE}", HASH, library, "-o", program]
    subprocess.run([*command, f"-Wl,-rpath,{library.parent}"], check=True)
    printed = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    return [int(line) for line in printed.split()]


def test_forms_of_this_machine(hashes: list[int]) -> None:
    assert len(hashes) > 1
    assert len(set(hashes)) == 1


def test_arm(tmp_path: Path, hashes: list[int]) -> None:
    """A Cortex-A53, where an instruction of a later processor would trap."""
    compiler = [sys.executable, "-m", "ziglang", "cc", *FLAGS[:2]]
    whole, image = tmp_path / "floats.o", tmp_path / "floats.elf"
    sources = [NATIVE / "float_neon.c", NATIVE / "float_plain.c", HASH, HERE / "freestanding.c"]
    command = [*compiler, *FLAGS[2:], "-c", f"-I{NATIVE}", *sources, "-o", whole]
    subprocess.run(command, check=True)
    subprocess.run([*compiler, *LINK, whole, "-o", image], check=True)
    machine = Machine(image, has_dot=False)
    for form in ("edge_floats_plain", "edge_floats_neon"):
        found = machine.call("edge_float_hash", machine.symbols[form])
        assert np.uint32(found & 0xFFFFFFFF) == hashes[0], form
