"""Parts from outside under AddressSanitizer and UndefinedBehaviorSanitizer: refused or harmless."""

from __future__ import annotations

import os
import shlex
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from edgesdk.sensing.logmel_rows import Rows

HERE = Path(__file__).parent
LIB = HERE.parents[2] / "firmware" / "lib"
STRICT = ["-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-Wconversion"]
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
FIELDS = 12  # uint32 or int32 that a part begins with
SMALL = Rows(0.08, 100, window=120, hop=60, mels=8).part()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("rows") / "rows_random"
    sources = sorted(map(str, (LIB / "features").glob("*.c")))
    compiler = shlex.split(os.environ.get("CC", "cc"))
    command = [*compiler, *STRICT, *SANITIZE, f"-I{LIB}", str(HERE / "rows_random.c"), *sources]
    subprocess.run([*command, "-o", str(built)], check=True)
    return built


def accepted(program: Path, parts: Iterable[bytes]) -> int:
    given = b"".join(struct.pack("<I", len(part)) + part for part in parts)
    done = subprocess.run([program], input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return int(done.stdout)


def with_field(number: int, value: int) -> bytes:
    return SMALL[: 4 * number] + struct.pack("<I", value) + SMALL[4 * number + 4 :]


def test_parts_as_they_are_made(program: Path) -> None:
    sizes = [(60, 4), (480, 40), (1024, 64), (16384, 128)]
    parts = [Rows(0.08, 100, window=window, hop=1, mels=mels).part() for window, mels in sizes]
    assert accepted(program, parts) == len(parts)


def test_cut_and_extended(program: Path) -> None:
    assert accepted(program, (SMALL[:size] for size in range(len(SMALL)))) == 0
    assert accepted(program, [SMALL + bytes(2), SMALL * 2]) == 0


@pytest.mark.parametrize("value", [0, 1, 1 << 30, (1 << 31) - 1, 1 << 31, (1 << 32) - 1])
def test_extreme_fields(program: Path, value: int) -> None:
    """Rate, hop, first bin, floor, offset, gain and zero have many values; the others have one."""
    parts = [with_field(number, value) for number in range(FIELDS)]
    fixed = [part for number, part in enumerate(parts) if number not in (1, 3, 5, 7, 8, 9, 10)]
    assert accepted(program, fixed) == fixed.count(SMALL)
    assert accepted(program, parts) < len(parts)


def test_random_bits(program: Path) -> None:
    generator = np.random.default_rng(0)
    parts = []
    for _ in range(3000):
        part = np.frombuffer(SMALL, np.uint8).copy()
        places = generator.integers(0, len(part), generator.integers(1, 4))
        part[places] = generator.integers(0, 256, len(places))
        parts.append(part.tobytes())
    assert 0 < accepted(program, parts) < len(parts)


def test_random_tables(program: Path) -> None:
    """Sines that cannot be any: all bytes behind the settings are random."""
    generator = np.random.default_rng(0)
    tables = len(SMALL) - 4 * FIELDS
    parts = [SMALL[: 4 * FIELDS] + generator.bytes(tables) for _ in range(500)]
    assert accepted(program, parts) == 0


def test_tables_at_their_limits(program: Path) -> None:
    """Weights of 1, and as many bins in one band as there are."""
    sines, bins = 4 * (120 // 4 + 1), struct.unpack_from("<I", SMALL, 24)[0]
    at = 4 * FIELDS + sines
    counts = struct.pack("<9H", 0, 0, 0, bins, 0, 0, 0, 0, 0)
    assert accepted(program, [SMALL[:at] + counts + struct.pack("<H", 32768) * bins]) == 1
    assert accepted(program, [SMALL[:at] + counts + struct.pack("<H", 32769) * bins]) == 0
