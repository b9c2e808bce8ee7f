"""The C kernels under the address and undefined-behaviour sanitizers, and without: same answers."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

KERNELS = Path(__file__).parents[3] / "firmware/lib/signal"
DRIVER = Path(__file__).with_name("sanitized.c")
STRICT = "-std=c99 -Wall -Wextra -Wconversion -Wshadow -pedantic -Werror".split()
SANITIZERS = "-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all".split()


def run(folder: Path, *flags: str) -> str:
    program = folder / "driver"
    sources = sorted(KERNELS.glob("*.c"))
    compiler = shlex.split(os.environ.get("CC", "cc"))
    subprocess.run(
        [*compiler, "-std=c99", *flags, f"-I{KERNELS}", DRIVER, *sources, "-o", program],
        check=True,
    )
    done = subprocess.run([program], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_fault_and_the_same_answers(tmp_path: Path) -> None:
    checked, plain = run(tmp_path, *SANITIZERS), run(tmp_path, "-O2")
    assert len(checked.strip()) == 16
    assert checked == plain


def test_strict_warnings(tmp_path: Path) -> None:
    compiler = shlex.split(os.environ.get("CC", "cc"))
    for source in sorted(KERNELS.glob("*.c")):
        subprocess.run([*compiler, *STRICT, "-c", source, "-o", tmp_path / "object.o"], check=True)
