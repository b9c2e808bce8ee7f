"""Numbers that leave their range: engines refuse the same ones, and none hides them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edgesdk.decoder.reference import Reference
from edgesdk.decoder.weights import DecoderModel, DecoderWeights, Layer
from edgesdk.errors import EdgeError, MissingExtra, NoDevice
from edgesdk_backends.fpga.emulator.engines import open_engine
from edgesdk_backends.fpga.numpy_model.engine import NumpyEngine
from edgesdk_backends.fpga.registers.spec import STATUS
from tests.backends_fpga.device.opened import drawn, opened, packed
from tests.decoder.models import random_model

from .layout import Board

MATRICES = ("query", "key", "value", "output", "gate", "up", "down")
NORMS = ("attention_norm", "ffn_norm", "attention_sub_norm", "ffn_sub_norm")
SLOW = [pytest.param(name, marks=pytest.mark.long) for name in ("ap_int", "rtl")]
REFUSED = {"EDGE-0765", "EDGE-0635"}  # logits that are not finite; out_of_range
CACHES = ("keys_0", "keys_1", "values_0", "values_1")


@dataclass(frozen=True)
class Scaled:
    """Weights some of which are multiplied by a factor."""

    weights: DecoderWeights
    factor: float
    names: Collection[str]

    def embedding(self) -> NDArray[Any]:
        return self._times("embedding", self.weights.embedding())

    def layer(self, index: int) -> Layer:
        layer = self.weights.layer(index)
        changed: dict[str, Any] = {}
        for name in MATRICES:
            linear = getattr(layer, name)
            changed[name] = replace(linear, scale=float(self._times(name, linear.scale)))
        for name in NORMS:
            norm = getattr(layer, name)
            changed[name] = None if norm is None else self._times(name, norm)
        return replace(layer, **changed)

    def final_norm(self) -> NDArray[np.float32]:
        norm: NDArray[np.float32] = self._times("final_norm", self.weights.final_norm())
        return norm

    def head(self) -> NDArray[Any] | None:
        return self.weights.head()

    def _times(self, name: str, values: Any) -> Any:
        return values * np.float32(self.factor) if name in self.names else values


def scaled(model: DecoderModel, factor: float, *names: str) -> DecoderModel:
    return replace(model, weights=Scaled(model.weights, factor, names))


@pytest.fixture(params=["native", "checked", "numpy", *SLOW])
def engine(request: pytest.FixtureRequest) -> str:
    try:
        open_engine(request.param)
    except (MissingExtra, NoDevice) as error:
        pytest.skip(str(error))
    return str(request.param)


@pytest.mark.parametrize("activation", ["silu", "relu2"])
@pytest.mark.parametrize(
    ("factor", "names"),
    [
        (1e28, ("attention_norm", "query")),
        (1e28, ("attention_norm", "key")),
        (1e28, ("attention_norm", "value")),
        (1e30, ("gate", "up")),
        (-1e38, ("gate",)),
        (1e38, ("down",)),
        (1e30, ("embedding",)),
        (1e35, ("attention_norm",)),
        (1e35, ("final_norm",)),
    ],
)
def test_a_session_refuses_what_left_its_range(
    engine: str, factor: float, names: tuple[str, ...], activation: str
) -> None:
    plain = random_model(7, layers=1, activation=activation, sub_norms=False)
    model = scaled(plain, factor, *names)
    with opened(packed(model), engine) as session:
        with pytest.raises(EdgeError) as raised:
            session.prefill(drawn(9).tolist())
        assert raised.value.id in REFUSED
        assert session.position == 0


@pytest.mark.parametrize(("factor", "name"), [(1e38, "down"), (1e35, "attention_norm")])
def test_a_head_on_the_host_hides_nothing_either(factor: float, name: str) -> None:
    model = scaled(random_model(7, layers=1), factor, name)
    with opened(packed(model), head="host") as session:
        with pytest.raises(EdgeError) as raised:
            session.prefill(drawn(9).tolist())
        assert raised.value.id in REFUSED


def test_scores_far_below_the_least_half(engine: str) -> None:
    """As finite as others: the reference's tokens, in every engine."""
    plain = random_model(7, layers=1, hidden=96, intermediate=208, head_size=32, vocabulary=33)
    model = scaled(plain, 200, "query", "key")
    tokens = list(range(17))
    expected = Reference(model).prefill(tokens, every=True)
    with opened(packed(model), engine) as session:
        found = session.prefill(tokens, every=True)
    assert (found.argmax(1) == expected.argmax(1)).all()


@settings(max_examples=40)
@given(
    seed=st.integers(0, 3),
    exponents=st.dictionaries(
        st.sampled_from(["parameters", "head_scales", "embeddings"]),
        st.integers(-120, 127),
        min_size=1,
    ),
    spread=st.integers(0, 60),
    relu_squared=st.booleans(),
    sub_norms=st.booleans(),
)
def test_engines_agree_on_what_is_finite(
    seed: int, exponents: dict[str, int], spread: int, relu_squared: bool, sub_norms: bool
) -> None:
    """Equal to the bit but for which of them a number is that is none; and the checked build faults
    where the others leave such a number in a state or a logit, and nowhere else."""
    activation = "relu2" if relu_squared else "silu"
    model = random_model(seed, layers=1, activation=activation, sub_norms=sub_norms)
    contract, native, checked = (changed(Board(model), exponents, spread) for _ in range(3))
    for count in (9, 1):
        tokens = drawn(count, seed=count)
        for board, engine in ((contract, NumpyEngine()), (native, open_engine("native"))):
            assert board.start(engine, tokens) == STATUS["done"]
        same(contract, native, count)
        finite = bool(np.isfinite(numbers(contract, count)).all())
        status = checked.start(open_engine("checked"), tokens)
        assert status == STATUS["done" if finite else "out_of_range"]
        if not finite:
            return


def same(contract: Board, other: Board, count: int) -> None:
    """The caches, which numbers are finite, and those numbers."""
    for name in CACHES:
        np.testing.assert_array_equal(contract.bytes_of(name), other.bytes_of(name))
    expected, found = numbers(contract, count), numbers(other, count)
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(np.isfinite(found), finite)
    bits = [values[finite].view(np.uint32) for values in (found, expected)]
    np.testing.assert_array_equal(*bits)


def numbers(board: Board, count: int) -> NDArray[np.float32]:
    """All that a call leaves for the host."""
    return np.concatenate((board.states(count).ravel(), board.logits(count).ravel()))


def changed(board: Board, exponents: dict[str, int], spread: int) -> Board:
    """Its floats times powers of two, some more than others."""
    random = np.random.RandomState(spread)
    with np.errstate(all="ignore"):
        for name, exponent in exponents.items():
            values = board.embeddings if name == "embeddings" else board.bytes_of(name)
            floats = values.view(np.float32)
            more = random.randint(0, spread + 1, floats.shape)
            np.multiply(floats, np.ldexp(np.float32(1), exponent - more), out=floats)
    return board
