"""Damaged pages and codes under the sanitizers, and the sources by other compilers."""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[3]
NATIVE = ROOT / "backends/nand/native"
OURS = ("cells", "outliers", "secded")
SOURCES = [path for path in sorted(NATIVE.glob("*.c")) if path.name.startswith(OURS)]
STRICT = "-std=c11 -ffp-contract=off -pthread -Wall -Wextra -Werror".split()
SANITIZERS = "-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all".split()
EXAMPLES = int(os.environ.get("EDGESDK_FUZZ_EXAMPLES", "1000"))


def inputs(count: int) -> Iterator[bytes]:
    chance = random.Random(1)
    for _ in range(count):
        size = chance.choice([0, 5, 6, 7, 40, 300, 1000])
        few = chance.random() < 0.5  # few different bytes tie at the threshold
        content = chance.choices(range(256), k=2) if few else range(256)
        yield bytes(chance.choices(range(256), k=5) + chance.choices(list(content), k=size))


def build(target: Path, compiler: str, *flags: str) -> Path:
    replay = [] if "fuzzer" in "".join(flags) else [ROOT / "tests/fuzz/c/replay.c"]
    sources = [HERE / "code_fuzz.c", *SOURCES, *replay]
    command = [compiler, *STRICT, *flags, f"-I{NATIVE}", *sources, "-o", target, "-lm"]
    subprocess.run(command, check=True)
    return target


def test_under_sanitizers(tmp_path: Path) -> None:
    program = build(tmp_path / "replay", "cc", *SANITIZERS)
    stream = b"".join(struct.pack("<I", len(data)) + data for data in inputs(EXAMPLES))
    done = subprocess.run([program], input=stream, capture_output=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-4000:]
    assert int(done.stdout) == EXAMPLES


@pytest.mark.long
@pytest.mark.parametrize("level", ["-O0", "-O3"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_any_compiler(tmp_path: Path, compiler: str, level: str) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed: it compiles the library as users' compilers do")
    build(tmp_path / "program", compiler, level)


@pytest.mark.long
@pytest.mark.skipif(not shutil.which("clang"), reason="libFuzzer comes with clang")
def test_libfuzzer(tmp_path: Path) -> None:
    flags = "-O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all".split()
    program = build(tmp_path / "fuzz", "clang", *flags)
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(inputs(40)):
        (corpus / f"{number:03d}").write_bytes(seed)
    settled = ["-seed=1", "-timeout=60", "-runs=60000", f"-artifact_prefix={tmp_path}/"]
    done = subprocess.run([program, *settled, corpus], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-4000:]
    assert b"Done " in done.stderr
