"""What the block answers: its identity, and each refusal, which leaves memory as it was."""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk_backends.fpga.numpy_model.call import Maxima
from edgesdk_backends.fpga.numpy_model.engine import NumpyEngine
from edgesdk_backends.fpga.registers.spec import BLOCKS, OPERATION, STATUS
from tests.decoder.models import random_model

from .layout import BASE, BATCH, Board

LARGEST = 2**32 - 1
MAXIMA = Maxima(hidden=64, width=64, intermediate=96, head_size=16)


@pytest.fixture
def board() -> Board:
    return Board(random_model(3, layers=1))


def refusal(board: Board, **registers: int) -> str:
    """The status of a call with other registers; nothing but the status changes."""
    for name, value in {"tokens": 2, **registers}.items():
        board.set(name, value)
    memory, before = board.memory.copy(), board.registers.copy()
    status = NumpyEngine(MAXIMA).start(board.registers, board.memory, BASE)
    np.testing.assert_array_equal(board.memory, memory)
    before[BLOCKS["decoder"].offset("status") // 4] = status
    np.testing.assert_array_equal(board.registers, before)
    return {value: name for name, value in STATUS.items()}[status]


def test_it_says_what_it_is(board: Board) -> None:
    board.set("operation", OPERATION["identify"])
    assert NumpyEngine(MAXIMA).start(board.registers, board.memory, BASE) == STATUS["done"]
    assert board.get("identity").to_bytes(4, "big") == b"EDK1"
    versions = ("map_version", "numeric_version", "weight_version")
    assert [board.get(name) for name in versions] == [1, 1, 1]
    assert [board.get(name) for name in ("tables", "lanes", "chunk")] == [32, 4, 8]
    assert board.get("max_hidden") == board.get("max_width") == 64
    assert (board.get("max_intermediate"), board.get("max_head_size")) == (96, 16)


@pytest.mark.parametrize("operation", [0, 3, LARGEST])
def test_unknown_operations(board: Board, operation: int) -> None:
    assert refusal(board, operation=operation, layers=0) == "bad_operation"


@pytest.mark.parametrize(
    "registers",
    [
        *({name: 0} for name in ("layers", "hidden", "intermediate", "heads", "kv_heads")),
        *({name: 0} for name in ("head_size", "context", "tokens", "vocabulary")),
        *({name: 40} for name in ("hidden", "intermediate", "head_size")),
        {"kv_heads": 3},
        {"kv_heads": 8},
        {"logits_from": 3},
    ],
)
def test_bad_shapes(board: Board, registers: dict[str, int]) -> None:
    assert refusal(board, start=LARGEST, **registers) == "bad_shape"


@pytest.mark.parametrize(
    "registers",
    [
        {"hidden": 80},
        {"heads": 8},
        {"intermediate": 112},
        {"head_size": 32, "heads": 2},
        {"hidden": LARGEST - 15},
        {"heads": 2**30, "head_size": 16},  # 2^34 is 0 in 32 bits
    ],
)
def test_more_than_it_was_built_for(board: Board, registers: dict[str, int]) -> None:
    assert refusal(board, start=LARGEST, **registers) == "too_large"


@pytest.mark.parametrize("registers", [{"start": 63}, {"tokens": 65}, {"start": LARGEST}])
def test_more_than_the_context(board: Board, registers: dict[str, int]) -> None:
    assert refusal(board, **registers, weights_0=5) == "context_full"


@pytest.mark.parametrize("array", sorted(Board(random_model(3, layers=1)).places))
def test_arrays_that_are_not_in_memory(board: Board, array: str) -> None:
    """Before it, behind it, off a page, and where addresses end; where it was is right again."""
    start, end = BASE + board.places[array][0], BASE + -(-board.memory.size // 4096) * 4096
    for address in (BASE - 4096, end, start + 16, 2**64 - 4096):
        assert refusal(board, **{array: address}) == "bus_error"
    board.set(array, start)
    assert board.start(NumpyEngine(MAXIMA), [1, 2]) == STATUS["done"]


def test_memory_that_ends_one_byte_early(board: Board) -> None:
    assert max(board.places, key=lambda name: board.places[name]) == "logits"
    whole, board.memory = board.memory, board.memory[:-1]
    assert refusal(board, tokens=BATCH) == "bus_error"
    board.memory = whole
    assert board.start(NumpyEngine(MAXIMA), range(BATCH)) == STATUS["done"]


def test_layers_and_contexts_beyond_memory(board: Board) -> None:
    assert refusal(board, layers=LARGEST) == "bus_error"
    board.set("layers", 1)
    assert refusal(board, context=LARGEST) == "bus_error"


def test_a_head_that_nobody_asks_for_need_not_be_there(board: Board) -> None:
    for name in ("head_0", "head_1", "head_2", "head_3", "head_scales", "logits"):
        board.set(name, 0)
    engine = NumpyEngine(MAXIMA)
    assert board.start(engine, [1, 2], logits_from=2) == STATUS["done"]
    board.set("flags", board.get("flags") & ~4)
    board.set("vocabulary", 0)
    assert board.start(engine, [1, 2]) == STATUS["done"]


def test_wanted_logits_come_first_and_their_padding_is_zero() -> None:
    board, engine = Board(random_model(4, layers=1, vocabulary=50)), NumpyEngine()
    whole = board.forward(engine, range(5))
    board.position = 0
    assert board.start(engine, range(5), logits_from=3) == STATUS["done"]
    np.testing.assert_array_equal(board.logits(2), whole[3:])
    rows = board.bytes_of("logits").view(np.float32).reshape(-1, 64)
    assert not rows[:2, 50:].any()


def test_a_numpy_error_setting_survives() -> None:
    """Damaged memory gives numbers that are not finite, and no exception or warning."""
    board = Board(random_model(4, layers=1))
    board.bytes_of("parameters").view(np.float32)[:] = np.float32(3e38)
    with np.errstate(all="raise"):
        assert board.start(NumpyEngine(), [1, 2]) == STATUS["done"]
        assert np.geterr()["over"] == "raise"
    assert not np.isfinite(board.logits(2)).all()
