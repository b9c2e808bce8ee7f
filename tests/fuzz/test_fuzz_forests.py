"""Damaged forests: the C refuses them, or every walk through them ends inside."""

from __future__ import annotations

import os
import random
import shlex
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgesdk import EdgeError
from edgesdk.sensing.forest import Forest
from edgesdk.sensing.forest_pack import pack
from edgesdk.sensing.trees import Trees
from tests.sensing.forest.models import chain, drawn_tree

HERE, LIB = Path(__file__).parent / "c", Path(__file__).parents[2] / "firmware/lib"
SANITIZERS = "-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all".split()
HALFWORDS = (0, 1, 2, 3, 0x7FFF, 0x8000, 0x8001, 0xFFFE, 0xFFFF)
EXAMPLES = int(os.environ.get("EDGESDK_FUZZ_EXAMPLES", "20000"))


def seeds() -> list[bytes]:
    """Forests of both forms, behind their number of values."""
    models = [
        Trees((drawn_tree(0, 1),), 3),
        Trees((drawn_tree(1, 1), drawn_tree(6, 2)), 3, base=-3.0),
        Trees((chain("l" * 20), chain("r" * 20), chain("lr" * 10)), 3),
        Trees(tuple(drawn_tree(20, seed, 100) for seed in range(10)), 100),
        Trees((drawn_tree(400, 3, 200),), 200),
    ]
    return [bytes([m.features]) + pack(m, [0] * m.features).content for m in models]


SEEDS = seeds()


def hand_made(*halfwords: int) -> bytes:
    """One tree of those halfwords, with one code of one bit."""
    header = struct.pack("<4s4B4HiI", b"EDFR", 1, 1, 0, 0, 1, 1, 1, 0, 0, len(halfwords))
    return bytes([1]) + header + bytes(8) + np.array(halfwords, "<u2").tobytes()


# What damage by chance seldom is: consistent for as long as the content lasts.
HOSTILE = [
    hand_made(1, 1 << 1, 0, 1 << 1, 0),  # a left side that goes on behind the end
    hand_made(1, 0, 0, 1, 0),  # a right side that does
    hand_made(2, 1 << 1, 0, 1 << 1, 0, 1, 1, 1),  # a left side as large as its own split's
    *(hand_made(n, *(h for k in range(n, 0, -1) for h in (k - 1 << 1 & 0x7FFE, 0)), *[1] * (n + 1))
      for n in (65, 66, 200, 16_000)),  # deeper than the check's stack
    hand_made(1, 1 << 15, 0, 1, 1),  # a code that is not there
]  # fmt: skip


def test_seeds_have_both_forms() -> None:
    assert {seed[6] == 15 for seed in SEEDS} == {True, False}


@pytest.mark.parametrize("content", HOSTILE)
def test_hostile_ones_are_refused(content: bytes) -> None:
    with pytest.raises(EdgeError) as caught:
        Forest(content[1:], content[0])
    assert caught.value.id == "EDGE-0294"


@settings(max_examples=500)
@given(
    st.sampled_from(SEEDS),
    st.lists(
        st.tuples(
            st.floats(0, 1, exclude_max=True),
            st.one_of(st.integers(0, 65_535), st.sampled_from(HALFWORDS)),
        ),
        max_size=4,
    ),
)
def test_a_score_is_within_its_bounds(seed: bytes, changes: list[tuple[float, int]]) -> None:
    content = bytearray(seed[1:])
    for place, halfword in changes:
        struct.pack_into("<H", content, int(place * len(content) // 2) * 2, halfword)
    try:
        forest = Forest(bytes(content), seed[0])
    except EdgeError as error:
        assert error.id == "EDGE-0294"
        return
    [base] = struct.unpack_from("<i", content, 16)
    values = np.random.default_rng(0).integers(-60, 60, (3, seed[0])).astype(np.int32)
    error = np.abs(forest.scores(values).astype(np.int64) - base)
    assert (error <= forest.trees * 2**14).all()


def _build(target: Path, compiler: str, *flags: str) -> Path:
    sources = [HERE / "forest_fuzz.c", LIB / "forest" / "forest.c"]
    more = [] if "fuzzer" in "".join(flags) else [HERE / "replay.c"]
    command = [compiler, "-std=c11", *flags, f"-I{LIB}"]
    subprocess.run([*command, *sources, *more, "-o", target], check=True)
    return target


def _damaged(count: int) -> Iterator[bytes]:
    """Forests with a few halfwords changed, cut off or made longer."""
    chance = random.Random(3)
    for _ in range(count):
        content = bytearray(chance.choice(SEEDS))
        for _ in range(chance.choice([1, 1, 2, 4])):
            at = 1 + 2 * chance.randrange(min(len(content) // 2, 200))
            [old] = struct.unpack_from("<H", content, at)
            near = (old + chance.choice([-4, -2, -1, 1, 2, 4])) % 65_536
            value = chance.choice([near, near, chance.choice(HALFWORDS), chance.randrange(65_536)])
            struct.pack_into("<H", content, at, value)
        if chance.random() < 0.1:
            content = content[: chance.randrange(len(content))]
        yield bytes(content)


def _replay(program: Path, inputs: Iterator[bytes]) -> int:
    stream = b"".join(struct.pack("<I", len(data)) + data for data in inputs)
    done = subprocess.run([program], input=stream, capture_output=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-4000:]
    return int(done.stdout)


def test_under_sanitizers(tmp_path: Path) -> None:
    [compiler, *flags] = shlex.split(os.environ.get("CC", "cc"))
    program = _build(tmp_path / "replay", compiler, *flags, *SANITIZERS)
    assert _replay(program, iter(SEEDS + HOSTILE)) == len(SEEDS + HOSTILE)
    assert _replay(program, _damaged(EXAMPLES)) == EXAMPLES


def _fuzz(folder: Path, *options: str) -> None:
    flags = ["-O1", "-g", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"]
    program = _build(folder / "fuzz", "clang", *flags)
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(SEEDS):
        (corpus / f"{number:03d}").write_bytes(seed)
    settled = ["-seed=1", "-timeout=60", "-max_len=4096", f"-artifact_prefix={folder}/"]
    command = [program, *settled, *options, corpus]
    done = subprocess.run(command, capture_output=True, check=False, timeout=7200)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-4000:]
    assert b"Done " in done.stderr


clang = pytest.mark.skipif(not shutil.which("clang"), reason="libFuzzer comes with clang")


@clang
def test_libfuzzer(tmp_path: Path) -> None:
    _fuzz(tmp_path, "-runs=50000")


@clang
@pytest.mark.long
def test_libfuzzer_for_long(tmp_path: Path) -> None:
    _fuzz(tmp_path, "-runs=20000000")
