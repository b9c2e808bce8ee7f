"""The engine's own doings: faults told, subnormals' mode given back, another matmul let in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgesdk.errors import InternalFault
from edgesdk_backends.fpga.emulator import shared_library
from edgesdk_backends.fpga.emulator.shared_library import SharedLibraryEngine, shipped_engine
from edgesdk_backends.fpga.registers import STATUS
from tests.backends_fpga.numpy_model.layout import BASE, Board
from tests.decoder.models import random_model

SIGNATURE = (
    "uint32_t(void *, const uint8_t *const *, uint32_t, uint32_t, uint32_t, "
    "const int8_t *, int32_t *)"
)
TOKENS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3]


@pytest.fixture(params=["native", "checked"])
def engine(request: pytest.FixtureRequest) -> SharedLibraryEngine:
    return shipped_engine(request.param)


@pytest.fixture
def checked() -> SharedLibraryEngine:
    return shipped_engine("checked")


@pytest.fixture
def board() -> Board:
    return Board(random_model(7))


def test_a_float_that_is_none_ends_the_call(checked: SharedLibraryEngine, board: Board) -> None:
    norms = board.bytes_of("parameters").view(np.float32)
    norms[0] = np.inf
    assert board.start(checked, TOKENS) == STATUS["out_of_range"]
    assert "infinite" in checked.fault


def test_the_next_call_is_whole_again(checked: SharedLibraryEngine, board: Board) -> None:
    norms = board.bytes_of("parameters").view(np.float32)
    kept, norms[0] = norms[0].copy(), np.nan
    assert board.start(checked, TOKENS) == STATUS["out_of_range"]
    norms[0] = kept
    assert board.start(checked, TOKENS) == STATUS["done"]
    assert checked.fault == ""


def test_memory_that_begins_anywhere(engine: SharedLibraryEngine, board: Board) -> None:
    """Words of 16 bytes are read: the emulated memory has to begin at a multiple of them."""
    wide = np.zeros(board.memory.size + 32, np.uint8)
    first = -wide.ctypes.data % 16
    moved = wide[first + 1 : first + 1 + board.memory.size]
    board.set("tokens", 1)
    assert engine.start(board.registers, moved, BASE) == STATUS["bus_error"]
    assert "multiple of 16" in engine.fault
    board.memory = wide[first : first + board.memory.size]
    assert engine.start(board.registers, board.memory, BASE) == STATUS["done"]
    assert engine.fault == ""


def test_arrays_with_holes(engine: SharedLibraryEngine, board: Board) -> None:
    with pytest.raises(ValueError, match="contiguous"):
        engine.start(board.registers, board.memory[::2], BASE)


def test_subnormals_are_the_callers_again(engine: SharedLibraryEngine, board: Board) -> None:
    """In a call they are zero; outside they stay what they were."""
    tiny = np.array([1e-40], np.float32)
    board.start(engine, TOKENS)
    assert (tiny * np.float32(0.5))[0] > 0


def test_another_matmul(engine: SharedLibraryEngine, board: Board) -> None:
    """Our own by the way round: the calls it gets, and the same logits."""
    asked, expected = [], Board(random_model(7)).forward(engine, TOKENS)

    @engine.ffi.callback(SIGNATURE)
    def matmul(context: Any, ports: Any, rows: int, tiles: int, tokens: int, *rest: Any) -> int:
        asked.append((rows, tiles, tokens))
        return int(engine.lib.edge_fpga_matmul(ports, rows, tiles, tokens, *rest))

    engine.set_matmul(matmul, engine.ffi.NULL)
    np.testing.assert_array_equal(board.forward(engine, TOKENS), expected)
    layer = [(64, 1), (32, 1), (32, 1), (64, 1), (96, 1), (96, 1), (64, 1)]
    assert asked == [(*shape, tokens) for tokens in (8, 2) for shape in layer * 2]
    engine.set_matmul(engine.ffi.NULL, engine.ffi.NULL)
    Board(random_model(7)).forward(engine, TOKENS)
    assert len(asked) == 28


def test_another_matmul_is_one_engines_own(engine: SharedLibraryEngine, board: Board) -> None:
    """Other engines of the library, and other libraries, go on with theirs."""

    @engine.ffi.callback(SIGNATURE)
    def matmul(*_: Any) -> int:
        return STATUS["bus_error"]

    engine.set_matmul(matmul, engine.ffi.NULL)
    assert board.start(engine, TOKENS) == STATUS["bus_error"]
    for name in ("native", "checked"):
        assert board.start(shipped_engine(name), TOKENS) == STATUS["done"]


def test_another_matmul_that_fails(engine: SharedLibraryEngine, board: Board) -> None:
    @engine.ffi.callback(SIGNATURE)
    def matmul(*_: Any) -> int:
        return STATUS["bus_error"]

    engine.set_matmul(matmul, engine.ffi.NULL)
    assert board.start(engine, TOKENS) == STATUS["bus_error"]


def test_an_engine_of_another_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "_checked.so").symlink_to(shared_library.SHIPPED / "_native.so")
    monkeypatch.setattr(shared_library, "SHIPPED", tmp_path)
    with pytest.raises(InternalFault) as raised:
        shipped_engine("checked")
    assert raised.value.id == "EDGE-0160"
    with pytest.raises(InternalFault) as raised:
        shipped_engine("native")
    assert raised.value.id == "EDGE-0110"
