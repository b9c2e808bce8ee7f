"""The C front end under AddressSanitizer and UndefinedBehaviorSanitizer, on hostile samples."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
LIB = HERE.parents[1] / "firmware" / "lib"
STRICT = ["-std=c99", "-O1", "-g", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror"]
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
HOP, ROWS = 625, 200


def compile_c(*arguments: str | Path) -> None:
    compiler = shlex.split(os.environ.get("CC", "cc"))
    subprocess.run([*compiler, *STRICT, *map(str, arguments)], check=True)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logmel")
    maker, built = folder / "make_tables", folder / "logmel_random"
    compile_c(*SANITIZE, LIB / "make_tables.c", "-o", maker, "-lm")
    tables = subprocess.run([maker], check=True, capture_output=True).stdout
    (folder / "logmel_tables.h").write_bytes(tables)
    sources = [LIB / "logmel.c", HERE / "logmel_random.c"]
    compile_c(*SANITIZE, f"-I{LIB}", f"-I{folder}", *sources, "-o", built, "-lm")
    return built


def run(program: Path, samples: bytes) -> int:
    done = subprocess.run([program], input=samples, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return int(done.stdout)


@pytest.mark.parametrize("seed", range(3))
def test_any_bits_are_samples(program: Path, seed: int) -> None:
    """Random bits: NaN, infinities and denormals included."""
    assert run(program, np.random.default_rng(seed).bytes(4 * HOP * ROWS)) == ROWS


@pytest.mark.parametrize("value", [0.0, 1.0, -1.0, 1e-45, 3e38, np.inf, -np.inf, np.nan])
def test_any_constant(program: Path, value: float) -> None:
    assert run(program, np.full(HOP * 5, value, np.float32).tobytes()) == 5


def test_noise_of_full_scale(program: Path) -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, HOP * ROWS).astype(np.float32)
    assert run(program, noise.tobytes()) == ROWS
