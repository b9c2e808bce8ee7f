"""Damaged execution plans: the C runtime refuses them, or runs without a step too far."""

from __future__ import annotations

import os
import random
import shlex
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backends_mcu.planner.hand_made import plan
from tests.backends_mcu.planner.tiny import plans

HERE, LIB = Path(__file__).parent / "c", Path(__file__).parents[2] / "firmware/lib"
SANITIZERS = "-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all".split()
WORDS = (0, 1, 2, 4, 16, 127, 128, 255, 2**15, 2**16, 2**31 - 1, 2**31, 2**32 - 4, 2**32 - 1)
EXAMPLES = int(os.environ.get("EDGESDK_FUZZ_EXAMPLES", "6000"))


@pytest.fixture(scope="session")
def seeds() -> list[bytes]:
    """Plans of every kernel, so that damage comes as far as their checks."""
    return [plan(), plan(golden=bytes(24)), *plans().values()]


def _build(target: Path, compiler: str, *flags: str) -> Path:
    sources = [HERE / "plan_fuzz.c", *sorted((LIB / "nn").glob("*.c"))]
    more = [] if "fuzzer" in "".join(flags) else [HERE / "replay.c"]
    command = [compiler, "-std=c11", "-D_POSIX_C_SOURCE=200112L", *flags, f"-I{LIB}"]
    subprocess.run([*command, *sources, *more, "-o", target], check=True)
    return target


def _damaged(seeds: list[bytes], count: int) -> Iterator[bytes]:
    """Plans with a few words or bytes changed, most of them words of a record."""
    chance = random.Random(2)
    for _ in range(count):
        content = bytearray(chance.choice(seeds))
        for _ in range(chance.choice([1, 1, 1, 2, 4])):
            at = chance.randrange(0, min(len(content), 512), 4)
            if chance.random() < 0.5:
                struct.pack_into("<I", content, at, chance.choice(WORDS))
            elif chance.random() < 0.5:
                [word] = struct.unpack_from("<I", content, at)
                near = (word + chance.randint(-17, 17)) % 2**32
                struct.pack_into("<I", content, at, near)
            else:
                content[chance.randrange(len(content))] = chance.randrange(256)
        yield bytes(content)


def _replay(program: Path, inputs: Iterator[bytes]) -> int:
    stream = b"".join(struct.pack("<I", len(data)) + data for data in inputs)
    done = subprocess.run([program], input=stream, capture_output=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-4000:]
    return int(done.stdout)


def test_under_sanitizers(seeds: list[bytes], tmp_path: Path) -> None:
    [compiler, *flags] = shlex.split(os.environ.get("CC", "cc"))
    program = _build(tmp_path / "replay", compiler, *flags, *SANITIZERS)
    assert _replay(program, iter(seeds)) == len(seeds)
    assert _replay(program, _damaged(seeds, EXAMPLES)) == EXAMPLES


def _fuzz(seeds: list[bytes], folder: Path, *options: str) -> None:
    flags = ["-O1", "-g", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"]
    program = _build(folder / "fuzz", "clang", *flags)
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(seeds):
        (corpus / f"{number:03d}").write_bytes(seed)
    command = [
        program,
        "-seed=1",
        "-timeout=60",
        "-max_len=4096",
        f"-artifact_prefix={folder}/",
        *options,
    ]
    done = subprocess.run([*command, corpus], capture_output=True, check=False, timeout=7200)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-4000:]
    assert b"Done " in done.stderr


clang = pytest.mark.skipif(not shutil.which("clang"), reason="libFuzzer comes with clang")


@clang
def test_libfuzzer(seeds: list[bytes], tmp_path: Path) -> None:
    _fuzz(seeds, tmp_path, "-runs=20000")


@clang
@pytest.mark.long
def test_libfuzzer_for_long(seeds: list[bytes], tmp_path: Path) -> None:
    _fuzz(seeds, tmp_path, "-runs=10000000")
