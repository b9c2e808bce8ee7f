"""The same functions under the sanitizers: nothing beyond an array, nothing undefined."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.backends_fpga.units.parts import build

RUN = """
import sys
from pathlib import Path
import numpy as np
from tests.backends_fpga.units.numbers import any_floats, rows
from tests.backends_fpga.units.parts import Parts, Shape
from tests.backends_fpga.units.test_attention import SHAPES, Case

parts = Parts("sanitized", Path(sys.argv[1]))
x = any_floats(5000)
with np.errstate(all="ignore"):
    for unit in ("to_half", "reciprocal", "rsqrt", "exponential", "nearest"):
        parts.each(unit, x)
halves = np.arange(1 << 16, dtype=np.uint16)
parts.each("from_half", halves)
a, b = rows(6912, 2, 0)
parts.norm_quantise(a, b, 1e-5, 1 / 6912)
parts.norm_quantise(np.full(64, np.nan, np.float32), None, 1e-5, 1 / 64)
parts.quantise15(a[:2560])
parts.activation(a, b, relu_squared=False)
parts.rope(a[:2560].reshape(20, 128), b[:128].reshape(64, 2), 0.5)
for shape in SHAPES:
    Case(shape).run(parts, [8, 3, 1, 8])
Case(Shape(20, 20, 128, 9)).run(parts, [8, 1])
print("whole")
"""


@pytest.mark.parametrize(
    "check", [["-DEDGE_CHECK"], pytest.param([], marks=pytest.mark.long)], ids=["checked", "native"]
)
def test_sanitized(tmp_path: Path, check: list[str]) -> None:
    flags = "-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all".split()
    library = build(tmp_path, "g++", *flags, *check)
    runtime = [_runtime("libasan.so"), _runtime("libubsan.so"), _runtime("libstdc++.so.6")]
    environment = os.environ | {"LD_PRELOAD": " ".join(runtime), "ASAN_OPTIONS": "detect_leaks=0"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (".", os.environ.get("PYTHONPATH"))))
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-c", RUN, str(library)]
    done = subprocess.run(
        command, env=environment, cwd=root, capture_output=True, text=True, check=False
    )
    assert done.stdout == "whole\n", done.stderr


def _runtime(name: str) -> str:
    command = ["g++", f"-print-file-name={name}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
