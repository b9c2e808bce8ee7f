"""The driver on boards that do what they should."""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk.errors import DoesNotFit, LinkFailed
from edgesdk_backends.fpga.driver.driver import Driver
from edgesdk_backends.fpga.driver.shape import Addresses, Shape
from edgesdk_backends.fpga.registers import OPERATION, STATUS
from tests.backends_fpga.driver.fake import (
    BLOCK,
    OUTPUTS,
    SHAPE,
    CountingHal,
    FakeEngine,
    MakeHal,
    placed,
    ready,
)


def test_a_pass_reads_and_writes_the_boards_memory(make_hal: MakeHal) -> None:
    driver, model = ready(make_hal())
    model.put(0.5)
    driver.forward(start=0, tokens=4, logits_from=4, seconds=5)
    assert (model.get() == 10.5).all()


def test_what_is_not_flushed_is_not_seen(make_hal: MakeHal) -> None:
    driver, model = ready(make_hal())
    model.put(0.5)
    model.weights[3].array[0] = 100
    driver.forward(0, 4, 4, 5)
    assert (model.states.array.view(np.float32) == 0.5).all()  # nobody has invalidated
    assert (model.get() == 10.5).all()
    model.weights[3].flush()
    driver.forward(0, 4, 4, 5)
    assert (model.get() == 116.5).all()


def test_fresh_memory_is_not_zero(make_hal: MakeHal) -> None:
    hal = make_hal()
    Driver(hal, getattr(hal, "bitstream", None))
    buffer = hal.allocate(4096)
    buffer.invalidate()
    assert buffer.array.all()


def test_the_block_says_what_it_is(make_hal: MakeHal) -> None:
    hal = make_hal()
    capability = Driver(hal, getattr(hal, "bitstream", None)).identify()
    assert vars(capability) == OUTPUTS


def test_every_input_arrives(make_hal: MakeHal) -> None:
    """An address has more than 32 bits on every emulated board."""
    engine = FakeEngine()
    driver, model = ready(make_hal(engine))
    driver.forward(start=3, tokens=2, logits_from=1, seconds=5)
    seen = engine.seen[-1]
    assert seen["operation"] == OPERATION["forward"]
    assert (seen["start"], seen["tokens"], seen["logits_from"]) == (3, 2, 1)
    assert seen["states"] == model.states.address > 1 << 32
    assert [seen[f"weights_{port}"] for port in range(4)] == [b.address for b in model.weights]
    assert seen["flags"] == 1
    assert seen["epsilon"] == float(np.float32(1e-5))
    assert seen["inverse_hidden"] == 1 / 32
    assert seen["inverse_width"] == 1 / 32
    assert seen["inverse_intermediate"] == 1 / 64
    assert seen["attention_scale"] == 0.25


def test_shape_and_addresses_name_every_register() -> None:
    addresses = Addresses((1, 2, 3, 4), 5, 6, (7, 8), (9, 10), 11)
    named = {"operation", "start", "tokens", "logits_from"}
    named |= SHAPE.registers().keys() | addresses.registers().keys()
    assert named == {register.name for register in BLOCK.inputs}


def test_flags_are_bits() -> None:
    shape = Shape(**{**vars(SHAPE), "vocabulary": 7, "relu_squared": False, "sub_norms": True})
    assert (SHAPE.flags, shape.flags) == (1, 2 + 4)


def test_a_token_costs_few_accesses(make_hal: MakeHal) -> None:
    """Each takes a microsecond on a board and several in Python."""
    hal = CountingHal(make_hal())
    driver, _ = ready(hal)  # type: ignore[arg-type]
    driver.forward(0, 1, 0, 5)
    hal.writes.clear()
    hal.reads = 0
    driver.forward(1, 1, 0, 5)
    assert [BLOCK.offset("start"), 0, 0xC] == [offset for offset, _ in hal.writes]
    assert hal.reads == 3  # interrupt, and both words of the status; wait counts its own


def test_registers_take_ints_alone(make_hal: MakeHal) -> None:
    hal = CountingHal(make_hal())
    driver = Driver(hal, getattr(hal, "bitstream", None))  # type: ignore[arg-type]
    model = placed(hal)  # type: ignore[arg-type]
    shape = Shape(**{**vars(SHAPE), "hidden": np.int64(32), "epsilon": np.float64(1e-5)})
    driver.load(shape, model.addresses)
    driver.forward(np.int32(0), np.int64(1), np.int64(1), 5)  # type: ignore[arg-type]
    assert {type(value) for _, value in hal.writes} == {int}


@pytest.mark.parametrize("status", [1, 2, 3, 4, 5, 6, 77])
def test_a_status_is_told_in_words(make_hal: MakeHal, status: int) -> None:
    engine = FakeEngine(status=status)
    driver, _ = ready(make_hal(engine))
    with pytest.raises(LinkFailed) as raised:
        driver.forward(0, 1, 1, 5)
    assert raised.value.id == "EDGE-0635"
    name = {number: name for name, number in STATUS.items()}.get(status, "unknown")
    assert f"status {status} ({name})" in raised.value.evidence
    engine.status = STATUS["done"]
    driver.forward(0, 1, 1, 5)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"hidden": 80}, "hidden is 80, 16 more than the 64"),
        ({"heads": 5}, "heads * head_size is 80, 16 more than the 64"),
        ({"intermediate": 144}, "intermediate is 144, 16 more than the 128"),
        ({"heads": 1, "head_size": 32}, "head_size is 32, 16 more than the 16"),
    ],
)
def test_a_model_larger_than_the_maxima(
    make_hal: MakeHal, changed: dict[str, int], words: str
) -> None:
    hal = make_hal()
    driver = Driver(hal, getattr(hal, "bitstream", None))
    with pytest.raises(DoesNotFit) as raised:
        driver.load(Shape(**{**vars(SHAPE), **changed}), placed(hal).addresses)
    assert raised.value.id == "EDGE-0943"
    assert words in raised.value.evidence


def test_two_models_after_each_other(make_hal: MakeHal) -> None:
    engine = FakeEngine()
    driver, _ = ready(make_hal(engine))
    driver.forward(0, 1, 1, 5)
    second = placed(driver.hal)
    driver.load(Shape(**{**vars(SHAPE), "layers": 5}), second.addresses)
    second.fill(1, 1, 1, 1)
    second.put(0)
    driver.forward(0, 1, 1, 5)
    assert engine.seen[-1]["layers"] == 5
    assert (second.get()[: SHAPE.hidden] == 4).all()
