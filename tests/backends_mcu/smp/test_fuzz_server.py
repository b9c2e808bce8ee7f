"""Hostile bytes for the firmware's CBOR reader and SMP server, under the sanitizers.

Mutations of a small corpus run with any compiler; libFuzzer finds its own way where clang is.
"""

from __future__ import annotations

import os
import random
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FUZZ = ROOT / "tests/fuzz/c"
SMP = ROOT / "firmware/lib/smp"
HERE = Path(__file__).parent
SANITIZERS = "-std=c11 -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all".split()
TARGETS = ["cbor", "smp"]

needs_clang = pytest.mark.skipif(shutil.which("clang") is None, reason="libFuzzer is clang's")


def build(target: str, compiler: list[str], sanitizers: str, extra: list[Path], out: Path) -> Path:
    sources = [FUZZ / f"{target}_fuzz.c", *extra]
    if target == "cbor":
        sources.append(SMP / "cbor_read.c")
    else:
        sources += [*sorted(SMP.glob("*.c")), HERE / "device.c", HERE / "fake_slots.c"]
    flags = [*SANITIZERS, f"-fsanitize={sanitizers}", "-DFAKE_SLOT=4096"]
    includes = [f"-I{ROOT / 'firmware/lib'}"]
    subprocess.run([*compiler, *flags, *includes, *sources, "-o", out], check=True)
    return out


def corpus(target: str) -> list[bytes]:
    return [file.read_bytes() for file in sorted((FUZZ / f"{target}_corpus").iterdir())]


def mutations(seeds: list[bytes], count: int) -> Iterator[bytes]:
    numbers = random.Random(7)
    yield from seeds
    for _ in range(count):
        data = bytearray(numbers.choice(seeds))
        for _ in range(numbers.randrange(1, 5)):
            place = numbers.randrange(len(data) + 1)
            kind = numbers.randrange(4)
            if kind == 0:
                data[place:place] = numbers.randbytes(numbers.randrange(1, 4))
            elif kind == 1:
                del data[place : place + numbers.randrange(1, 4)]
            elif kind == 2:
                data[place : place + 1] = bytes([numbers.choice((0, 1, 0x5F, 0x7F, 0xBF, 0xFF))])
            else:
                other = numbers.choice(seeds)
                data[place:] = other[numbers.randrange(len(other)) :]
        yield bytes(data)


@pytest.mark.parametrize("target", TARGETS)
def test_mutations_of_the_corpus(target: str, tmp_path: Path) -> None:
    compiler = shlex.split(os.environ.get("CC", "cc"))
    replay = [FUZZ / "replay.c"]
    program = build(target, compiler, "address,undefined", replay, tmp_path / target)
    inputs = list(mutations(corpus(target), 3000))
    stream = b"".join(len(data).to_bytes(4, "little") + data for data in inputs)
    done = subprocess.run([program], input=stream, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert int(done.stdout) == len(inputs)


def fuzz(target: str, runs: int, folder: Path) -> None:
    program = build(target, ["clang"], "fuzzer,address,undefined", [], folder / target)
    found = folder / "found"
    found.mkdir()
    command = [program, found, FUZZ / f"{target}_corpus", f"-runs={runs}", "-seed=1"]
    command += ["-max_len=4096", f"-artifact_prefix={folder}/", "-print_final_stats=1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-5000:]
    assert f"stat::number_of_executed_units: {runs}" in done.stderr


@needs_clang
@pytest.mark.parametrize(("target", "runs"), [("cbor", 200_000), ("smp", 10_000)])
def test_libfuzzer(target: str, runs: int, tmp_path: Path) -> None:
    fuzz(target, runs, tmp_path)


@needs_clang
@pytest.mark.long
@pytest.mark.parametrize("target", TARGETS)
def test_libfuzzer_for_ten_million_runs(target: str, tmp_path: Path) -> None:
    fuzz(target, 10_000_000, tmp_path)
