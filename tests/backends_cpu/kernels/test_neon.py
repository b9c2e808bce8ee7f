"""Both NEON forms on an emulated processor, against plain C on this one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgesdk_backends.cpu.decoder.native import lib
from tests.backends_cpu.kernels.emulated import Machine, build
from tests.backends_cpu.kernels.matrices import BASE3, INT4, INT8, TWO_BIT, pack, pack_float
from tests.backends_cpu.kernels.test_forms import exact, head_inputs, ternary_cases

DEPTHS = [1, 20, 79, 256, 257, 333, 520, 1001]
FORMS = ["neon", "neon-dot"]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("neon"))


@pytest.fixture
def machine(image: Path, form: str) -> Machine:
    """A Cortex-A53 for the form without dot products: any later instruction would trap there."""
    return Machine(image, has_dot=form == "neon-dot")


def test_choice(image: Path) -> None:
    old, new = Machine(image, has_dot=False), Machine(image, has_dot=True)
    assert [old.runs(form) for form in (*FORMS, "plain", "avx2")] == [True, False, True, False]
    assert [new.runs(form) for form in (*FORMS, "plain", "avx2")] == [True, True, True, False]


@pytest.mark.parametrize("packing", [BASE3, TWO_BIT])
@pytest.mark.parametrize("form", FORMS)
def test_ternary(machine: Machine, form: str, packing: int) -> None:
    for depth in DEPTHS:
        for name, codes, x in ternary_cases(depth):
            packed = pack(packing, codes[:33])
            expected = np.pad(exact(codes[:33], x), ((0, 0), (0, 15)))
            assert np.array_equal(machine.vector(form, packed, x[0]), expected[0]), (depth, name)
            got = machine.tile(form, packed, x[:3], 1, 2)[:, :32]
            assert np.array_equal(got, expected[:3, 16:]), (depth, name)


@pytest.mark.parametrize("packing", [BASE3, TWO_BIT])
@pytest.mark.parametrize("form", FORMS)
def test_deepest_sums(machine: Machine, form: str, packing: int) -> None:
    for weight, value in ((1, 127), (1, -128), (-1, 127), (-1, -128)):
        packed = pack(packing, np.full((16, lib.EDGE_DEPTH_LIMIT), weight, np.int8))
        x = np.full((1, lib.EDGE_DEPTH_LIMIT), value, np.int8)
        assert np.all(machine.vector(form, packed, x[0]) == weight * value * x.size)
        assert np.all(machine.tile(form, packed, x, 0, 1)[:, :16] == weight * value * x.size)


@pytest.mark.parametrize("form", FORMS)
def test_head(machine: Machine, form: str) -> None:
    """To the bit."""
    for depth in (1, 4, 64, 130, 256, 500):
        for packed, x in head_inputs(depth):
            expected = packed.head("plain", x, 0.37)
            got = machine.head(form, packed, x, 0.37)
            assert np.array_equal(got.view("u4"), expected.view("u4")), depth


@pytest.mark.parametrize("form", FORMS)
def test_deepest_head(machine: Machine, form: str) -> None:
    for packing in (INT8, INT4):
        packed = pack_float(packing, np.full((16, lib.EDGE_DEPTH_LIMIT), 1.0, np.float32))
        for value in (127 * 128 + 63, -128 * 128 - 64):
            x = np.full(lib.EDGE_DEPTH_LIMIT, value, np.int32)
            expected = packed.head("plain", x, 1.0)
            assert np.array_equal(
                machine.head(form, packed, x, 1.0).view("u4"), expected.view("u4")
            )
