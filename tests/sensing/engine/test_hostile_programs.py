"""Damaged sensing programs: the engine refuses them, or runs without a step too far."""

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

import edgesdk.native
from tests.sensing.engine.programs import every_kind, made, small

ROOT = Path(__file__).parents[3]
FUZZ, LIB = ROOT / "tests/fuzz/c", ROOT / "firmware/lib"
FOLDERS = ("sensing", "features", "forest")
NATIVE = Path(edgesdk.native.__file__).with_name("_native.so")
SANITIZERS = "-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all".split()
WORDS = (0, 1, 2, 4, 16, 127, 128, 255, 2**15, 2**16, 2**30, 2**31 - 1, 2**31, 2**32 - 1)
EXAMPLES = int(os.environ.get("EDGESDK_FUZZ_EXAMPLES", "2000"))


def build(target: Path, compiler: str, *flags: str) -> Path:
    """The kernels come from the library of this installation: other tests damage their plans."""
    sources = [path for folder in FOLDERS for path in sorted((LIB / folder).glob("*.c"))]
    more = [] if "fuzzer" in "".join(flags) else [FUZZ / "replay.c"]
    command = [compiler, "-std=c11", "-D_POSIX_C_SOURCE=200112L", *flags, f"-I{LIB}"]
    command += [FUZZ / "sensing_fuzz.c", *more, *sources, NATIVE, f"-Wl,-rpath,{NATIVE.parent}"]
    subprocess.run([*command, "-o", target], check=True)
    return target


def replay(program: Path, inputs: list[bytes]) -> int:
    stream = b"".join(struct.pack("<I", len(data)) + data for data in inputs)
    done = subprocess.run([program], input=stream, capture_output=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-4000:]
    return int(done.stdout)


def one_byte_wrong(content: bytes) -> Iterator[bytes]:
    """Each byte as 0, as 255 and inverted; the text that only hosts read is left out."""
    text = content.index(b'{"')
    places = [*range(text), *range(content.index(b"}\0", text), len(content))]
    for place in places:
        for value in {0, 255, content[place] ^ 255}:
            yield content[:place] + bytes([value]) + content[place + 1 :]


def damaged(seeds: list[bytes], count: int) -> Iterator[bytes]:
    """Programs with a few words changed."""
    chance = random.Random(2)
    for _ in range(count):
        content = bytearray(chance.choice(seeds))
        for _ in range(chance.choice([1, 1, 1, 2, 4])):
            at = chance.randrange(0, len(content) - 3, 4)
            [word] = struct.unpack_from("<I", content, at)
            near = (word + chance.randint(-17, 17)) % 2**32
            struct.pack_into("<I", content, at, chance.choice([near, *WORDS[:2], *WORDS]))
        yield bytes(content)


@pytest.fixture(scope="module")
def seeds() -> list[bytes]:
    return [made(small()).content, every_kind().content]


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Path:
    [compiler, *flags] = shlex.split(os.environ.get("CC", "cc"))
    return build(tmp_path_factory.mktemp("hostile") / "replay", compiler, *flags, *SANITIZERS)


def test_every_byte_wrong(harness: Path, seeds: list[bytes]) -> None:
    inputs = [*seeds, *one_byte_wrong(seeds[0])]
    assert replay(harness, inputs) == len(inputs)


def test_words_wrong(harness: Path, seeds: list[bytes]) -> None:
    assert replay(harness, list(damaged(seeds, EXAMPLES))) == EXAMPLES


def test_cut_short(harness: Path, seeds: list[bytes]) -> None:
    inputs = [seed[:size] for seed in seeds for size in range(0, len(seed), 61)]
    assert replay(harness, inputs) == len(inputs)


def fuzz(seeds: list[bytes], folder: Path, runs: int) -> None:
    flags = ["-O1", "-g", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"]
    program = build(folder / "fuzz", "clang", *flags)
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(seeds):
        (corpus / f"{number:03d}").write_bytes(seed)
    command = [program, "-seed=1", "-timeout=60", "-max_len=16384", f"-runs={runs}", corpus]
    done = subprocess.run(command, capture_output=True, check=False, timeout=7200, cwd=folder)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-4000:]
    assert b"Done " in done.stderr


clang = pytest.mark.skipif(not shutil.which("clang"), reason="libFuzzer comes with clang")


@clang
@pytest.mark.long
def test_libfuzzer(seeds: list[bytes], tmp_path: Path) -> None:
    fuzz(seeds, tmp_path, 1_000_000)
