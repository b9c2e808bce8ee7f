"""The engine ``rtl``: the native one with the RTL's matmuls, to the bit and the cycle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edgesdk.decoder.weights import DecoderModel
from edgesdk.errors import InternalFault
from edgesdk.formats.bitnet.folder import read_folder
from edgesdk_backends.fpga.emulator.rtl import CHUNK, RtlEngine
from edgesdk_backends.fpga.emulator.rtl_simulation import BusMemory, Simulation
from edgesdk_backends.fpga.emulator.shared_library import shipped_engine
from edgesdk_backends.fpga.registers.spec import STATUS
from edgesdk_backends.fpga.timing.cycles import matmul_cycles
from edgesdk_backends.fpga.weights.index_code import padded_rows, tiles_of
from tests.backends_fpga.numpy_model.layout import Board
from tests.decoder.models import random_model

STORY = Path(__file__).resolve().parents[3] / "models" / "story"


@pytest.fixture
def engine(block: Simulation) -> RtlEngine:
    """Built already, or skipped."""
    return RtlEngine()


def chunks(tokens: int) -> Iterator[int]:
    """Tokens that share a pass over the weights."""
    for first in range(0, tokens, CHUNK):
        yield min(CHUNK, tokens - first)


def expected_cycles(model: DecoderModel, tokens: int) -> int:
    config = model.config
    width, narrow = config.heads * config.head_size, config.kv_heads * config.head_size
    hidden, inner = config.hidden, config.intermediate
    shapes = [(width, hidden), *[(narrow, hidden)] * 2, (hidden, width)]
    shapes += [*[(inner, hidden)] * 2, (hidden, inner)]
    return config.layers * sum(
        matmul_cycles(padded_rows(rows), tiles_of(inputs), chunk)
        for rows, inputs in shapes
        for chunk in chunks(tokens)
    )


def check(engine: RtlEngine, model: DecoderModel, calls: tuple[int, ...]) -> None:
    mine, theirs = Board(model, 64), Board(model, 64)
    native = shipped_engine("native")
    for tokens in calls:
        before = engine.counts.all_cycles
        ids = np.arange(tokens) % model.config.vocabulary
        assert mine.start(engine, ids) == theirs.start(native, ids) == STATUS["done"]
        np.testing.assert_array_equal(mine.memory, theirs.memory)
        assert engine.counts.all_cycles - before == expected_cycles(model, tokens)
    assert (engine.counts.all_stalls, engine.fault) == (0, "")


def test_a_small_model(engine: RtlEngine) -> None:
    check(engine, random_model(3), (1, 9, 5))


def test_the_story_model(engine: RtlEngine) -> None:
    model = read_folder(STORY).decoder
    assert model is not None
    check(engine, model, (11, 1))


def test_a_bus_that_fails_ends_the_pass(block: Simulation) -> None:
    engine = RtlEngine(BusMemory(broken=1))
    board = Board(random_model(3), 64)
    assert board.start(engine, [1, 2]) == STATUS["bus_error"]


def test_a_block_that_hangs_ends_the_pass(block: Simulation) -> None:
    engine = RtlEngine(BusMemory(limit=10))
    board = Board(random_model(3), 64)
    assert board.start(engine, [1]) == STATUS["bus_error"]
    assert "did not finish" in engine.fault


def test_a_library_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "rtl.so").write_text("not a library")
    with pytest.raises(InternalFault, match="does not load") as raised:
        Simulation(tmp_path / "rtl.so")
    assert raised.value.id == "EDGE-0162"
