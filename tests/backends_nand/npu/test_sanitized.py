"""The C products under the sanitizers: nothing beyond an array, nothing undefined."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FLAGS = "-std=c11 -O1 -g -fPIC -shared -pthread -Wall -Wextra -Werror".split()
SANITIZERS = "-fsanitize=address,undefined -fno-sanitize-recover=all".split()
RUN = """
import sys
import numpy as np
from tests.backends_nand.npu.drawn_pages import Drawn, drawn_inputs
from edgesdk_backends.nand.native_library import ffi

lib = ffi.dlopen(sys.argv[1])
random = np.random.default_rng(3)
for turn in range(60):
    rows, inputs, height, width = random.integers(1, (60, 600, 20, 300)).tolist()
    bits = (8, 4, 2)[turn % 3]
    drawn = Drawn(rows, inputs, height, width, bits, bool(turn % 2), turn, turn % 32)
    # No byte follows the last page, and none the last input.
    drawn.store = drawn.store[:, : drawn.store.shape[1] - 24].copy()
    x = drawn_inputs(1 + turn % 3, inputs, 16, turn)
    for plain in (False, True):
        sums, cuts = drawn.sums(x, cut=bool(turn % 5), threads=turn % 4, plain=plain, lib=lib)
        wanted = drawn.wanted(x, cut=bool(turn % 5))
        assert np.array_equal(sums, wanted[0]) and cuts == wanted[1]
drawn = Drawn(3000, 800, 64, 256, 8, True)
x = drawn_inputs(4, 800, 16)
assert np.array_equal(drawn.sums(x, threads=4, lib=lib)[0], drawn.wanted(x, cut=False)[0])
drawn = Drawn(3, 9000, 3, 9000, 4, True)
x = drawn_inputs(2, 9000, 16)
assert np.array_equal(drawn.sums(x, lib=lib)[0], drawn.wanted(x, cut=False)[0])
print("whole")
"""


def test_sanitized(tmp_path: Path) -> None:
    library = _built(tmp_path, "gcc", *SANITIZERS)
    runtime = [_runtime("libasan.so"), _runtime("libubsan.so")]
    assert _run(library, LD_PRELOAD=" ".join(runtime), ASAN_OPTIONS="detect_leaks=0") == "whole\n"


@pytest.mark.parametrize("compiler", ["clang"])
def test_another_compiler(tmp_path: Path, compiler: str) -> None:
    assert _run(_built(tmp_path, compiler)) == "whole\n"


def _built(folder: Path, compiler: str, *flags: str) -> Path:
    sources = sorted((ROOT / "backends/nand/native").glob("products*.c"))
    assert len(sources) == 3
    target = folder / "products.so"
    subprocess.run([compiler, *FLAGS, *flags, *sources, "-o", target], check=True)
    return target


def _run(library: Path, **variables: str) -> str:
    """What the program above says; it raises where its exit is not 0."""
    paths = os.pathsep.join(filter(None, (".", os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(library)],
        env=os.environ | variables | {"PYTHONPATH": paths},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _runtime(name: str) -> str:
    command = ["gcc", f"-print-file-name={name}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
