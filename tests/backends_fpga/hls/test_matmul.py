"""The table lookups against an integer product of numpy, exactly, in every build."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from edgesdk_backends.fpga.emulator.builds import SANITIZED
from edgesdk_backends.fpga.emulator.shared_library import SHIPPED
from edgesdk_backends.fpga.registers import STATUS
from tests.sanitized import run_whole

from .parts import Matmul, compiled, drawn, expected, vendor_flags

LARGEST = 6912  # rows, and inputs

# Rows, inputs, tokens: padded both ways or not, one tile and many, chunks that are not full.
SMALL = [(16, 96, 1), (1, 1, 8), (17, 97, 3), (48, 300, 5), (130, 191, 2), (64, 1152, 7)]
LARGE = [(1536, 1536, 1), (1537, 700, 8), (LARGEST, 100, 4), (20, LARGEST, 8)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Matmul]:
    @cache
    def library(name: str) -> Matmul:
        if name in ("native", "checked"):
            return Matmul(SHIPPED / f"_{name}.so")
        kind, compiler = name.split()
        flags = ["-O1", *vendor_flags()] if kind == "ap_int" else ["-O2"]
        return Matmul(compiled(tmp_path_factory.mktemp(kind), compiler, *flags))

    return library


FAST = ["native", "checked", "native g++", "native clang++"]
BUILDS = [*FAST, "ap_int g++", "ap_int clang++"]


@pytest.mark.parametrize("shape", SMALL, ids=str)
@pytest.mark.parametrize("build", BUILDS)
def test_small(built: Callable[[str], Matmul], build: str, shape: tuple[int, int, int]) -> None:
    weights, codes = drawn(sum(shape), *shape)
    np.testing.assert_array_equal(built(build)(weights, codes), expected(weights, codes))


@pytest.mark.parametrize("shape", LARGE, ids=str)
@pytest.mark.parametrize("build", FAST)
def test_large(built: Callable[[str], Matmul], build: str, shape: tuple[int, int, int]) -> None:
    weights, codes = drawn(1, *shape)
    np.testing.assert_array_equal(built(build)(weights, codes), expected(weights, codes))


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("code", [-127, 127])
@pytest.mark.parametrize("build", FAST)
def test_the_largest_sums(built: Callable[[str], Matmul], build: str, code: int, sign: int) -> None:
    """All alike, over as many inputs as fit: nothing leaves its declared width."""
    weights = np.full((16, LARGEST), sign, np.int8)
    codes = np.full((8, LARGEST), code, np.int8)
    found = built(build)(weights, codes)
    assert (found == sign * code * LARGEST).all()


def test_every_group_of_three(built: Callable[[str], Matmul]) -> None:
    """All 27 weights of a group with codes that tell the places apart."""
    places = np.arange(27)
    groups = np.stack([places // 9 - 1, places // 3 % 3 - 1, places % 3 - 1], axis=1)
    weights = np.tile(groups.astype(np.int8), (1, 32))
    codes = np.tile(np.array([[100, 10, 1]], np.int8), (1, 32))
    found = built("native")(weights, codes)
    np.testing.assert_array_equal(found[0], 32 * (groups @ [100, 10, 1]))


def test_calls_leave_nothing_behind(built: Callable[[str], Matmul]) -> None:
    """A small call after a large one: neither its tables nor its sums are seen."""
    matmul = built("native")
    matmul(*drawn(5, 64, 300, 8))
    weights, codes = drawn(6, 32, 100, 2)
    np.testing.assert_array_equal(matmul(weights, codes), expected(weights, codes))


REFUSED = {
    "bad_shape": [(0, 1, 1), (8, 1, 1), (16, 0, 1), (16, 1, 0)],
    "too_large": [(6928, 1, 1), (16, 73, 1), (16, 1, 9), (2**32 - 16, 1, 1), (16, 2**32 - 1, 1)],
}


@pytest.mark.parametrize("build", ["native", "checked"])
@pytest.mark.parametrize("status", REFUSED)
def test_refused_shapes(built: Callable[[str], Matmul], build: str, status: str) -> None:
    """Nothing is read or written, so the pointers need not lead anywhere."""
    matmul = built(build)
    null = matmul.ffi.NULL
    for rows, tiles, tokens in REFUSED[status]:
        found = matmul.lib.edge_fpga_matmul(null, rows, tiles, tokens, null, null)
        assert found == STATUS[status]


RUN = """
import sys
from pathlib import Path
import numpy as np
from tests.backends_fpga.hls.parts import Matmul, drawn, expected
from tests.backends_fpga.hls.test_matmul import SMALL

matmul = Matmul(Path(sys.argv[1]))
for shape in [*SMALL, (6912, 96, 8), (16, 6912, 8)]:
    weights, codes = drawn(2, *shape)
    assert (matmul(weights, codes) == expected(weights, codes)).all()
print("whole")
"""


def test_sanitized(tmp_path: Path) -> None:
    """Nothing beyond an array, nothing undefined, at every size."""
    library = compiled(tmp_path, "g++", *SANITIZED)
    run_whole(RUN, library, "g++", "libasan.so", "libubsan.so", "libstdc++.so.6")
