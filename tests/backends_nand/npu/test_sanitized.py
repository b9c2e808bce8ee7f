"""The C products under the sanitizers: nothing beyond an array, nothing undefined."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.sanitized import run_whole

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
    run_whole(RUN, _built(tmp_path, "gcc", *SANITIZERS), "gcc", "libasan.so", "libubsan.so")


@pytest.mark.parametrize("compiler", ["clang"])
def test_another_compiler(tmp_path: Path, compiler: str) -> None:
    run_whole(RUN, _built(tmp_path, compiler), compiler)


def _built(folder: Path, compiler: str, *flags: str) -> Path:
    native = ROOT / "backends/nand/native"
    sources = [*sorted(native.glob("products*.c")), native / "cells_split.c"]
    assert len(sources) == 4
    target = folder / "products.so"
    subprocess.run([compiler, *FLAGS, *flags, *sources, "-o", target], check=True)
    return target
