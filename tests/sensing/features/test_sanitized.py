"""The features' C under address and undefined-behaviour sanitizers: hostile samples and parts."""

from __future__ import annotations

import os
import shlex
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from edgesdk.sensing.feature_names import KINDS
from edgesdk.sensing.features import FeatureSet, Settings

HERE = Path(__file__).parent
FEATURES = HERE.parents[2] / "firmware" / "lib" / "features"
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
STRICT = ["-std=c11", "-O0", "-Wall", "-Wextra", "-Werror", "-Wconversion"]
WINDOW = 1200
NUMBERS = {"psd": "_160_350", "envelope": "_100", "azc": "_3"}
NAMES = [
    name + NUMBERS.get(name, "_1" if name.startswith(("mel_", "mfcc_")) else "") + channel
    for name in KINDS
    for channel in ("", "@|0|")
]
SET = FeatureSet(NAMES, Settings(16000, WINDOW, 3, 360, 180, 512, 128, 32, mfcc_bands=64))


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("features") / "features_random"
    compiler = shlex.split(os.environ.get("CC", "cc"))
    sources = [*FEATURES.glob("*.c"), HERE / "features_random.c"]
    command = [*compiler, *STRICT, *SANITIZE, f"-I{FEATURES.parent}", *sources, "-o", built]
    subprocess.run(command, check=True)
    return built


def case(part: bytes, samples: np.ndarray, records: bytes | None = None) -> bytes:
    own = b"".join(struct.pack("<2H2i", f.number, f.channel, f.a, f.b) for f in SET.features)
    records = own if records is None else records
    content = samples.astype(np.int16).tobytes()
    sizes = struct.pack("<3I", len(part), len(records) // 12, len(content) // 2)
    return sizes + part + records + content


def run(program: Path, cases: list[bytes]) -> int:
    done = subprocess.run([program], input=b"".join(cases), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return int(done.stdout)


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(-32768, 32768, (WINDOW, 3))


def test_extreme_samples(program: Path) -> None:
    rng = np.random.default_rng(1)
    constants = [np.full((WINDOW, 3), level) for level in (0, -1, 1, 32767, -32768)]
    jumps = [rng.choice([-32768, 32767], (WINDOW, 3)) for _ in range(5)]
    waves = [32767 * np.sign(np.cos(np.arange(WINDOW) * w)) for w in (0.1, 1.0, 2.0, np.pi)]
    squares = [np.stack([wave, -wave, wave], 1) for wave in waves]
    windows = [noise(), *constants, *jumps, *squares]
    assert run(program, [case(SET.part, window) for window in windows]) == len(windows)


def test_parts_that_are_cut_short(program: Path) -> None:
    lengths = [*range(0, 80), *range(80, len(SET.part), 44)]
    assert run(program, [case(SET.part[:length], noise()) for length in lengths]) == 0
    assert run(program, [case(SET.part + bytes(4), noise())]) == 0


def test_parts_with_other_numbers(program: Path) -> None:
    """A header or a table with some words changed: refused, or harmless."""
    rng, cases = np.random.default_rng(2), []
    words = np.frombuffer(SET.part, np.uint32)
    wild = [0, 1, 2, 3, 12, 64, 1200, 4096, 2**16, 2**31 - 1, 2**31, 2**32 - 1]
    for _ in range(600):
        changed = words.copy()
        end = 12 if rng.random() < 0.5 else len(words)
        for place in rng.integers(0, end, rng.integers(1, 4)):
            bit = np.uint32(1 << int(rng.integers(0, 32)))
            changed[place] = rng.choice(wild) if rng.random() < 0.5 else changed[place] ^ bit
        cases.append(case(changed.tobytes(), noise()))
    assert 0 < run(program, cases) < 600


def test_other_features(program: Path) -> None:
    rng = np.random.default_rng(3)
    cases = []
    for _ in range(600):
        kind, channel = rng.integers(0, 27), rng.integers(0, 7)
        a, b = rng.choice([-(2**31), -1, 0, 1, 2, 31, 32, 63, 64, 180, 181, 1600, 2**31 - 1], 2)
        record = struct.pack("<2H2i", kind, channel, a, b)
        cases.append(case(SET.part, noise(), record))
    assert 0 < run(program, cases) < 600
