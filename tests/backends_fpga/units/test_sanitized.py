"""The same functions under the sanitizers: nothing beyond an array, nothing undefined."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgesdk_backends.fpga.emulator.builds import SANITIZED
from tests.backends_fpga.hls.parts import compiled
from tests.backends_fpga.units.parts import SOURCE
from tests.sanitized import run_whole

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
    library = compiled(tmp_path, "g++", *SANITIZED, *check, source=SOURCE)
    run_whole(RUN, library, "g++", "libasan.so", "libubsan.so", "libstdc++.so.6")
