"""No kernel reads or writes beyond its arrays, or does what C leaves undefined."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

from tests.backends_cpu.kernels.emulated import NATIVE
from tests.backends_cpu.kernels.matrices import HERE

FLAGS = "-std=c11 -O1 -g -ffp-contract=off -Wall -Wextra -Werror -fsanitize=undefined".split()
KERNELS = ("avx2*.c", "avx512*.c", "neon*.c", "plain.c", "pack*.c", "kernels.c", "kernel_test.c")


def test_guarded(tmp_path: Path) -> None:
    sources = sorted(path for pattern in KERNELS for path in NATIVE.glob(pattern))
    program = tmp_path / "guarded"
    command = [*shlex.split(os.environ.get("CC", "cc")), *FLAGS, "-fno-sanitize-recover=all"]
    command += [f"-I{NATIVE}", str(Path(__file__).with_name("guarded.c")), *map(str, sources)]
    subprocess.run([*command, "-lm", "-o", str(program)], check=True)
    ran = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    assert ran == f"{len(HERE) + 1} forms\n"
