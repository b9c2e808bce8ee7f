"""The time-domain C under AddressSanitizer and UndefinedBehaviorSanitizer, on hostile samples."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.sensing.time.signals import Samples, extremes

HERE = Path(__file__).parent
LIB = HERE.parents[2] / "firmware" / "lib"
STRICT = ["-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror"]
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
SOURCES = ["features/ratio", "features/time", "features/azc", "features/envelope"]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("time") / "features_random"
    sources = [LIB / f"{name}.c" for name in (*SOURCES, "sensing/cough_events")]
    compiler = shlex.split(os.environ.get("CC", "cc"))
    command = [*compiler, *STRICT, *SANITIZE, f"-I{LIB}", HERE / "features_random.c", *sources]
    subprocess.run([*map(str, command), "-o", str(built)], check=True)
    return built


def run(program: Path, chosen: bytes, samples: Samples) -> None:
    sent = chosen + samples.tobytes()
    done = subprocess.run([program], input=sent, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    int(done.stdout)


@pytest.mark.parametrize("seed", range(24))
def test_any_samples_and_settings(program: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    count = int(random.choice([1, 2, 3, 10, 50, 300, 3000]))
    size = int(random.choice([1, 100, 32768]))
    samples = random.integers(-size, size, count).astype(np.int16)
    run(program, random.bytes(18), samples)


@pytest.mark.parametrize("count", [10, 50, 2000])
def test_the_ends_of_the_range(program: Path, count: int) -> None:
    for number, samples in enumerate(extremes(count)):
        run(program, np.random.default_rng(number).bytes(18), samples)


@pytest.mark.parametrize("stride", [1, 2])
def test_the_longest_windows(program: Path, stride: int) -> None:
    chosen = np.array([stride - 1, 1500, 300, 2, 20, 8192, 0, 240, 26214], np.uint16)
    time = np.arange(32768 * stride)
    square = np.where(time // (40 * stride) % 2 == 0, 32767, -32768).astype(np.int16)
    run(program, chosen.tobytes(), square)
