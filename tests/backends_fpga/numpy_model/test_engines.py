"""The contract model against the HLS C++, to the bit: every register and every byte of memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgesdk.errors import MissingExtra, NoDevice
from edgesdk.formats.bitnet.folder import read_folder
from edgesdk_backends.fpga.emulator.engine import Engine
from edgesdk_backends.fpga.emulator.engines import open_engine
from edgesdk_backends.fpga.numpy_model.engine import NumpyEngine
from edgesdk_backends.fpga.registers.spec import OPERATION, STATUS
from tests.decoder.models import random_model

from .layout import BASE, Board

STORY = Path(__file__).resolve().parents[3] / "models" / "story"
CONFIGS: list[dict[str, Any]] = [
    {},
    {"activation": "relu2", "sub_norms": False, "pairing": "adjacent"},
    {"hidden": 48, "intermediate": 80, "heads": 3, "kv_heads": 1, "head_size": 32},
    {"hidden": 144, "intermediate": 208, "heads": 8, "head_size": 16, "tied": False},
    {"hidden": 256, "heads": 2, "head_size": 128, "vocabulary": 17, "activation": "relu2"},
    {"hidden": 16, "heads": 1, "kv_heads": 1, "intermediate": 16, "layers": 3},
]
LARGE = [
    {
        **{"hidden": 2560, "intermediate": 6912, "heads": 20, "kv_heads": 5, "head_size": 128},
        **{"activation": "relu2", "theta": 500000.0},
    },
    {"hidden": 1536, "intermediate": 4096, "heads": 16, "kv_heads": 16, "head_size": 96},
]
SCALES = {"output": -16 + 3, "down": -16 + 6}  # from the end of a layer's parameters
CALLS = ((1, 0), (7, 3), (16, 15), (9, 9), (11, 0))  # tokens, logits_from


@pytest.fixture(scope="module", params=["native", "checked"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return open_engine(request.param)


def same(mine: Board, theirs: Board) -> None:
    """Also says which array it is that differs."""
    different = mine.memory != theirs.memory
    counts = {
        name: int(np.count_nonzero(different[start : start + size]))
        for name, (start, size) in mine.places.items()
    }
    assert not different.any(), {name: count for name, count in counts.items() if count}
    np.testing.assert_array_equal(mine.registers, theirs.registers)


def both(mine: Board, theirs: Board, engine: Engine, calls: Sequence[tuple[int, int]]) -> None:
    """The same calls of both boards, and what they leave behind."""
    random = np.random.RandomState(21)
    for count, logits_from in calls:
        tokens = random.randint(0, mine.model.config.vocabulary, count)
        expected = mine.start(NumpyEngine(), tokens, logits_from)
        assert theirs.start(engine, tokens, logits_from) == expected == STATUS["done"]
        same(mine, theirs)


@pytest.mark.parametrize("index", range(len(CONFIGS)))
def test_calls_of_all_sizes(engine: Engine, index: int) -> None:
    model = random_model(index, **CONFIGS[index])
    both(Board(model), Board(model), engine, CALLS)


@settings(max_examples=15)
@given(
    seed=st.integers(0, 10**6),
    hidden=st.integers(1, 7).map(lambda n: 16 * n),
    intermediate=st.integers(1, 13).map(lambda n: 16 * n),
    head_size=st.sampled_from([16, 32, 48, 64]),
    kv_heads=st.integers(1, 3),
    group=st.integers(1, 5),
    vocabulary=st.integers(1, 40),
    activation=st.sampled_from(["silu", "relu2"]),
    sub_norms=st.booleans(),
    layers=st.integers(1, 2),
    counts=st.lists(st.integers(1, 20), min_size=1, max_size=3),
)
def test_drawn_shapes(
    engine: Engine, seed: int, group: int, kv_heads: int, counts: list[int], **config: Any
) -> None:
    model = random_model(seed, heads=kv_heads * group, kv_heads=kv_heads, **config)
    both(Board(model), Board(model), engine, [(count, seed % (count + 1)) for count in counts])


@pytest.mark.parametrize("seed", range(6))
def test_magnitudes_that_no_model_has(engine: Engine, seed: int) -> None:
    """Norms, scales and row scales from nearly nothing up, so that much is subnormal."""
    random, model = np.random.RandomState(seed), random_model(seed, **CONFIGS[seed % 6])
    mine, theirs = Board(model), Board(model)
    for board in (mine, theirs):
        random.seed(seed)
        for name, least in (("parameters", -75), ("head_scales", -110)):
            values = board.bytes_of(name).view(np.float32)
            values *= np.exp2(random.randint(least, 5, values.shape)).astype(np.float32)
    both(mine, theirs, engine, CALLS)


@pytest.mark.parametrize("seed", [0, 2, 3, 4, 5])  # those with sub-norms
def test_a_residual_stream_of_next_to_nothing(engine: Engine, seed: int) -> None:
    """Sums and differences of the smallest floats: norms lift them, scales put them back there."""
    model = random_model(seed, **CONFIGS[seed])
    hidden, width = model.config.hidden, model.config.heads * model.config.head_size
    mine, theirs = Board(model), Board(model)
    for board in (mine, theirs):
        board.embeddings *= np.float32(2.0**-114)
        parameters = board.bytes_of("parameters").view(np.float32)
        layers = parameters[:-hidden].reshape(model.config.layers, -1)
        second = hidden + width  # where the FFN's norm is
        for norm in (layers[:, :hidden], layers[:, second:][:, :hidden], parameters[-hidden:]):
            np.multiply(norm, np.float32(2.0**109), out=norm)
        for scale in (SCALES["output"], SCALES["down"]):
            layers[:, scale] *= np.float32(2.0**-114)
    both(mine, theirs, engine, CALLS)


def test_damaged_weights_are_damaged_alike(engine: Engine) -> None:
    """Any bytes, invalid codes among them: wrong numbers, but the same ones."""
    model = random_model(1)
    mine, theirs = Board(model), Board(model)
    for board in (mine, theirs):
        random = np.random.RandomState(4)
        for port in range(4):
            weights = board.bytes_of(f"weights_{port}")
            weights[:] = random.randint(0, 256, weights.shape)
    both(mine, theirs, engine, CALLS[:3])


def test_they_say_the_same_of_themselves(engine: Engine) -> None:
    model = random_model(1, layers=1)
    mine, theirs = Board(model), Board(model)
    for board, who in ((mine, NumpyEngine()), (theirs, engine)):
        board.set("operation", OPERATION["identify"])
        assert who.start(board.registers, board.memory, BASE) == STATUS["done"]
    same(mine, theirs)


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from(
            "operation layers hidden intermediate heads kv_heads head_size vocabulary context "
            "flags start tokens logits_from weights_2 parameters keys_1 head_3 head_scales states "
            "logits".split()
        ),
        st.sampled_from([0, 1, 2, 3, 8, 15, 48, 64, 80, 4096, 2**31, 2**32 - 16, 2**32 - 1]),
        max_size=3,
    )
)
def test_they_refuse_the_same_calls(engine: Engine, registers: dict[str, int]) -> None:
    """Shapes that are none, too large, wrap around or lie nowhere: the same status, whichever of
    them comes first, and nothing changed. Other shapes may be good ones, of nobody's weights: then
    the numbers may be no numbers, and only the checked build says so."""
    model = random_model(1, layers=1, vocabulary=20)
    mine, theirs, statuses = Board(model), Board(model), []
    for board, who in ((mine, NumpyEngine()), (theirs, engine)):
        board.set("tokens", 2)
        for name, value in registers.items():
            board.set(name, value)
        statuses.append(who.start(board.registers, board.memory, BASE))
    if statuses[0] == STATUS["done"]:
        assert statuses[1] in (STATUS["done"], STATUS["out_of_range"])
    else:
        same(mine, theirs)


def test_the_story_model(engine: Engine) -> None:
    model = read_folder(STORY).decoder
    assert model is not None
    both(Board(model, 64), Board(model, 64), engine, ((17, 16), (1, 0)))


@pytest.mark.long
@pytest.mark.parametrize("config", LARGE)
def test_layers_as_large_as_they_may_be(config: dict[str, Any]) -> None:
    """One layer of BitNet b1.58 2B4T and of its 0.73B model, with a small vocabulary."""
    model = random_model(2, layers=1, vocabulary=100, **config)
    both(Board(model), Board(model), open_engine("checked"), ((9, 8), (1, 0)))


@pytest.mark.long
@pytest.mark.parametrize("name", ["ap_int", "rtl"])
def test_slow_engines(name: str) -> None:
    """The vendor's own integers, and the simulated SystemVerilog, on a small model."""
    try:
        engine = open_engine(name)
    except (MissingExtra, NoDevice) as error:
        pytest.skip(str(error))
    model = random_model(1, layers=1)
    both(Board(model), Board(model), engine, ((9, 0), (1, 0)))
