"""The runtime's C under every warning, by each compiler that is here."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

LIB = Path(__file__).parents[3] / "firmware/lib"
STRICT = "-std=c11 -O2 -Wall -Wextra -Werror -Wconversion -Wshadow -fsyntax-only".split()


@pytest.mark.parametrize("compiler", [os.environ.get("CC", "cc"), "clang"])
def test_no_warnings(compiler: str) -> None:
    command = shlex.split(compiler)
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not here")
    sources = sorted((LIB / "nn").glob("*.c"))
    assert len(sources) >= 3
    subprocess.run([*command, *STRICT, f"-I{LIB}", *sources], check=True)


def test_the_runtime_needs_nothing_of_a_library_but_memory_functions(tmp_path: Path) -> None:
    """The objects' undefined names are their own, or the three that every compiler brings."""
    sources = sorted((LIB / "nn").glob("*.c"))
    command = [*shlex.split(os.environ.get("CC", "cc")), "-std=c11", "-O2", "-fno-stack-protector"]
    for source in sources:
        target = tmp_path / f"{source.stem}.o"
        subprocess.run([*command, "-c", f"-I{LIB}", source, "-o", target], check=True)
    listed = subprocess.run(
        ["nm", "-u", *sorted(tmp_path.glob("*.o"))], capture_output=True, text=True, check=True
    )
    names = {line.split()[-1] for line in listed.stdout.splitlines() if " U " in line}
    foreign = {name for name in names if not name.startswith("edge_")}
    assert foreign <= {"memcpy", "memset", "memcmp", "_GLOBAL_OFFSET_TABLE_"}
