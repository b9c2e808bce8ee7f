"""Forests that are not what they should be: the C refuses them, each for its own reason."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
import pytest

from edgesdk import EdgeError
from edgesdk.sensing.forest import Forest
from edgesdk.sensing.forest_pack import pack
from edgesdk.sensing.trees import Trees
from tests.sensing.forest.models import drawn_tree

FEATURES = 3
NARROW = pack(Trees((drawn_tree(2, 3), drawn_tree(9, 4)), FEATURES), (0, 0, 0)).content
WIDE = pack(Trees((drawn_tree(3000, 4, 100),), 100), [0] * 100).content
CODES = struct.unpack_from("<H", NARROW, 10)[0]
TREES = 24 + 8 * CODES
CODE_BITS = NARROW[5]


def put(at: int, form: str, value: int) -> Callable[[bytearray], None]:
    return lambda content: struct.pack_into(f"<{form}", content, at, value)


def halfword(number: int) -> int:
    return int(struct.unpack_from("<H", NARROW, TREES + 2 * number)[0])


CASES = {
    "another magic": put(0, "B", 0x65),
    "another format": put(4, "B", 2),
    "no code bits": put(5, "B", 0),
    "too many code bits": put(5, "B", 16),
    "wide, but it is not": put(5, "B", 15),
    "too many fraction bits": put(6, "B", 25),
    "a byte that is not 0": put(7, "B", 1),
    "values of another number": put(8, "H", FEATURES + 1),
    "fewer codes": put(10, "H", CODES - 1),
    "more codes": put(10, "H", CODES + 1),
    "codes beyond the stack": put(10, "H", 257),
    "no trees": put(12, "H", 0),
    "fewer trees": put(12, "H", 1),
    "more trees": put(12, "H", 3),
    "zeros that are not 0": put(14, "H", 1),
    "a base too high": put(16, "i", 2**30 + 1),
    "a base too low": put(16, "i", -(2**30) - 1),
    "fewer halfwords": put(20, "I", struct.unpack_from("<I", NARROW, 20)[0] - 1),
    "2^32 - 1 halfwords": put(20, "I", 2**32 - 1),
    "2^31 + n halfwords": put(20, "I", struct.unpack_from("<I", NARROW, 20)[0] + 2**31),
    "a code of no value": put(24 + 4, "H", FEATURES),
    "a shift too far": put(24 + 6, "B", 17),
    "a code's byte that is not 0": put(24 + 7, "B", 1),
    "a tree with more splits": put(TREES, "H", 3),
    "a tree with fewer splits": put(TREES, "H", 1),
    "a tree of 65535 splits": put(TREES, "H", 65_535),
    "a split that is a leaf": put(TREES + 2, "H", halfword(1) | 1),
    "a code that is not there": put(TREES + 2, "H", halfword(1) | CODES << 16 - CODE_BITS),
    "a left side beyond the tree": put(TREES + 2, "H", halfword(1) | 15 << 1),
    "a left side as large as the rest": put(TREES + 2, "H", halfword(1) & ~0x3E | 2 << 1),
    "a left side of another size": put(TREES + 2, "H", halfword(1) ^ 2),
    "a leaf that is a split": put(len(NARROW) - 2, "H", 0),
}


@pytest.mark.parametrize("change", CASES.values(), ids=CASES.keys())
def test_refused(change: Callable[[bytearray], None]) -> None:
    content = bytearray(NARROW)
    change(content)
    assert content != NARROW
    with pytest.raises(EdgeError) as caught:
        Forest(bytes(content), FEATURES)
    assert caught.value.id == "EDGE-0294"


def test_unchanged_they_are_read() -> None:
    assert Forest(NARROW, FEATURES).trees == 2
    assert Forest(WIDE, 100).trees == 1
    assert (NARROW[5], WIDE[5]) == (CODE_BITS, 15)
    assert CODES == FEATURES < 1 << CODE_BITS


@pytest.mark.parametrize(("whole", "features"), [(NARROW, FEATURES), (WIDE, 100)])
def test_any_other_length_is_refused(whole: bytes, features: int) -> None:
    for length in [*range(min(len(whole), 400)), len(whole) - 1, len(whole) + 1, len(whole) + 2]:
        with pytest.raises(EdgeError):
            Forest(whole[:length] + bytes(max(0, length - len(whole))), features)


def test_turns_to_the_left_beyond_the_stack() -> None:
    """64 is the deepest; one more, made by hand, is refused by the C itself."""
    for turns in (64, 65):
        splits = [(n << 1, 0) for n in range(turns - 1, -1, -1)]
        nodes = [turns, *(half for split in splits for half in split), *[1] * (turns + 1)]
        header = struct.pack("<4s4B4HiI", b"EDFR", 1, 1, 0, 0, 1, 1, 1, 0, 0, len(nodes))
        code = struct.pack("<iHBB", 0, 0, 0, 0)
        content = header + code + np.array(nodes, "<u2").tobytes()
        if turns == 64:
            assert Forest(content, 1).scores(np.zeros((1, 1), np.int32)).tolist() == [0]
            continue
        with pytest.raises(EdgeError):
            Forest(content, 1)


def test_every_walk_through_a_damaged_forest_ends() -> None:
    """Any halfword of the trees changed: refused, or scored, and the score is in its bounds."""
    random = np.random.default_rng(5)
    values = random.integers(-60, 60, (4, FEATURES)).astype(np.int32)
    kept = 0
    for at in range(TREES, len(NARROW), 2):
        for value in {*random.integers(0, 65_536, 30).tolist(), 0, 1, 2, 65_535}:
            content = bytearray(NARROW)
            struct.pack_into("<H", content, at, value)
            try:
                scores = Forest(bytes(content), FEATURES).scores(values)
            except EdgeError:
                continue
            kept += 1
            assert (np.abs(scores.astype(np.int64)) <= 2 * 2**14).all()
    assert kept > 100
