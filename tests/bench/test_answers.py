"""The same inputs for models that store them otherwise, and how far their answers are apart."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from edgesdk.backend import Arrays
from edgesdk.bench import Contender, Samples, bench
from edgesdk.bench.agreement import Agreement, agreement
from edgesdk.bench.same_inputs import NotTheSame, same_inputs
from edgesdk.real_values import real_values, stored_values
from edgesdk.session import BaseSession
from edgesdk.tensors import Quantisation, TensorSpec

STEP = Quantisation((0.5,), (10,))
FLOAT = TensorSpec("x", "float32", (1, 4))
INT8 = TensorSpec("x", "int8", (1, 4), quantisation=STEP)


def one(values: object, dtype: str = "float32") -> tuple[Arrays]:
    return ({"x": np.array([values], dtype)},)


def test_floats_are_rounded_to_the_steps_of_the_other_model_and_back() -> None:
    (given,), how = same_inputs(one([0.2, 0.3, -1.0, 99.0]), [FLOAT], [INT8])
    assert given["x"].dtype == np.int8
    assert given["x"].tolist() == [[10, 11, 8, 127]]
    assert how == "x: rounded to int8 in steps of 0.5, 1 outside of it clipped"
    (back,), how = same_inputs([given], [INT8], [FLOAT])
    assert back["x"].tolist() == [[0.0, 0.5, -1.0, 58.5]]
    assert how == "x: the real values of the first's int8"


def test_scales_along_an_axis() -> None:
    along = Quantisation((1.0, 0.5), (0, 1), axis=1)
    stored, clipped = stored_values(np.array([[2.0, 2.0]]), along, np.dtype(np.int8))
    assert (stored.tolist(), clipped) == ([[2, 5]], 0)
    assert real_values(stored, along).tolist() == [[2.0, 2.0]]


def test_names_may_differ_where_the_order_decides_and_shapes_where_the_count_does() -> None:
    other = TensorSpec("signal", "float32", (4,))
    (given,), how = same_inputs(one([1, 2, 3, 4]), [FLOAT], [other])
    assert given["signal"].tolist() == [1, 2, 3, 4]
    assert how == "the same"


@pytest.mark.parametrize(
    "other",
    [
        TensorSpec("x", "float32", (1, 5)),
        TensorSpec("x", "int32", (1, 4)),
        TensorSpec("x", "string", (1, 4)),
        TensorSpec("x", "bfloat16", (1, 4)),
    ],
    ids=str,
)
def test_what_cannot_be_given_is_said(other: TensorSpec) -> None:
    with pytest.raises(NotTheSame):
        same_inputs(one([1, 2, 3, 4]), [FLOAT], [other])
    with pytest.raises(NotTheSame):
        same_inputs(one([1, 2, 3, 4]), [FLOAT], [FLOAT, TensorSpec("y", "float32", (1,))])


@pytest.mark.parametrize(
    ("shape", "how"),
    [
        ((1, 1, 6), "the same"),
        ((3, 2), None),  # channels last
        ((1, 2, 1, 3), "the same"),
        ((6,), "x: [1, 2, 3] read as [6]"),
    ],
    ids=str,
)
def test_a_shape_with_its_axes_in_another_order_is_not_read_as_if_it_were_the_same(
    shape: tuple[int, ...], how: str | None
) -> None:
    first = TensorSpec("x", "float32", (1, 2, 3) if shape != (1, 1, 6) else (6,))
    values = np.arange(6, dtype=np.float32).reshape([int(axis) for axis in first.shape])
    other = TensorSpec("x", "float32", shape)
    if how is None:
        with pytest.raises(NotTheSame, match="in another order"):
            same_inputs([{"x": values}], [first], [other])
        return
    (given,), said = same_inputs([{"x": values}], [first], [other])
    assert (given["x"].shape, said) == (shape, how)
    assert given["x"].reshape(-1).tolist() == list(range(6))


def test_what_is_clipped_is_counted_over_all_sets() -> None:
    sets = [*one([99.0, 0, 0, 0]), *one([99.0, 98.0, 0, 0]), *one([0, 0, 0, 0])]
    _, how = same_inputs(sets, [FLOAT], [INT8])
    assert how == "x: rounded to int8 in steps of 0.5, 3 outside of it clipped"


def test_halves_are_rounded_away_from_zero_and_nothing_less_is() -> None:
    plain = Quantisation((1.0,), (0,))
    below = float(np.nextafter(0.5, 0.0))
    given = np.array([0.5, -0.5, 1.5, -2.5, below, -below, 127.5])
    stored, clipped = stored_values(given, plain, np.dtype(np.int8))
    assert (stored.tolist(), clipped) == ([1, -1, 2, -3, 0, 0, 127], 1)


def compared(first: list[list[float]], other: list[list[float]], **more: object) -> Agreement:
    spec = TensorSpec("y", "float32", (1, 3), units="volts")
    answers = [[{"y": np.array([row], np.float32)} for row in rows] for rows in (first, other)]
    return agreement(answers[0], answers[1], ([spec], [spec]), "the same")


def test_how_far_apart() -> None:
    found = compared([[1, 2, 3], [3, 2, 1]], [[1, 2.5, 3], [3, 2, 3.25]])
    assert (found.samples, found.equal) == (2, 0)
    [output] = found.outputs
    assert (output.name, output.units) == ("y", "volts")
    assert output.difference == 2.25
    assert (output.top, output.rows) == (1, 2)


def test_equal_to_the_bit_and_what_is_no_number() -> None:
    nan, inf = float("nan"), float("inf")
    same = compared([[1, nan, inf]], [[1, nan, inf]])
    assert same.equal == 1
    assert same.outputs[0].difference == 0.0
    assert compared([[1, 2, 3]], [[1, 2, nan]]).outputs[0].difference == inf
    assert compared([[0.0, 1, 2]], [[-0.0, 1, 2]]).equal == 0  # other bits, no distance
    assert compared([[0.0, 1, 2]], [[-0.0, 1, 2]]).outputs[0].difference == 0.0


def test_what_is_no_number_is_no_top_entry() -> None:
    nan = float("nan")
    [output] = compared([[1, 2, 3]] * 3, [[1, 2, nan], [nan, 2, 3], [1, 2, 3]]).outputs
    assert (output.top, output.rows) == (1, 3)


def labelled(names: str, shape: tuple[int, ...] = (1, 3)) -> TensorSpec:
    return TensorSpec("y", "float32", shape, labels=tuple(names.split()))


def test_entries_are_compared_by_their_names_where_both_models_have_them() -> None:
    first = [{"y": np.array([[0.1, 0.7, 0.2]], np.float32)}]
    moved = [{"y": np.array([[0.7, 0.2, 0.1]], np.float32)}]
    specs = ([labelled("rain dog sea")], [labelled("dog sea rain")])
    found = agreement(first, moved, specs, "the same")
    assert (found.equal, found.outputs[0].difference, found.outputs[0].top) == (1, 0.0, 1)
    same_bits = agreement(first, first, specs, "the same")
    assert (same_bits.equal, same_bits.outputs[0].top) == (0, 0)
    for names in ("rain dog cat", "rain dog dog"):
        other = agreement(first, first, (specs[0], [labelled(names)]), "the same")
        assert (other.samples, other.outputs) == (0, ())
        assert "other names" in other.inputs
    nameless = agreement(first, first, (specs[0], [labelled("")]), "the same")
    assert nameless.equal == 1


def test_outputs_with_their_axes_in_another_order_have_no_distance() -> None:
    specs = ([labelled("", (2, 3))], [labelled("", (3, 2))])
    values = np.arange(6, dtype=np.float32)
    answers = [[{"y": values.reshape(shape)}] for shape in ((2, 3), (3, 2))]
    found = agreement(answers[0], answers[1], specs, "the same")
    assert (found.equal, found.outputs[0].difference, found.outputs[0].top) == (0, None, None)


def test_quantised_answers_are_compared_as_what_they_mean() -> None:
    stored = TensorSpec("y", "int8", (1, 3), quantisation=STEP)
    plain = TensorSpec("y", "float32", (1, 3))
    first = [{"y": np.array([[0.1, 1.0, 2.0]], np.float32)}]
    other = [{"y": np.array([[10, 12, 14]], np.int8)}]
    [output] = agreement(first, other, ([plain], [stored]), "").outputs
    assert output.difference == pytest.approx(0.1)
    assert (output.top, output.rows) == (1, 1)


class Decoder(BaseSession):
    """A stand-in for a decoder: it writes these tokens, and has these logits after each."""

    def __init__(self, tokens: list[int], shift: float) -> None:
        spec = TensorSpec("tokens", "int32", ("tokens",))
        super().__init__((spec,), (TensorSpec("continuation", "int32", (len(tokens),)),))
        self.tokens, self.shift, self.read = tokens, shift, list[int]()

    def _run(self, arrays: Arrays) -> Arrays:
        return {"continuation": np.array(self.tokens, np.int32)}

    def rewind(self, length: int) -> None:
        self.read = self.read[:length]

    def prefill(self, tokens: list[int], *, every: bool = False) -> NDArray[np.float32]:
        assert every
        self.read += tokens
        return np.array([[t, 5.0 + self.shift, 0.0] for t in tokens], np.float32)


def test_tokens_and_logits_of_decoders() -> None:
    prompts = Samples(({"tokens": np.array([1, 2], np.int32)},), "two tokens")
    sessions = [Decoder([7, 4, 9], 0.0), Decoder([7, 4, 8], 0.25)]

    def contender(session: BaseSession) -> Contender:
        return Contender("m", "1.0.0", "x:", "x", lambda: session, lambda s: prompts)

    record = bench([contender(session) for session in sessions], runs=1, warmup=0)
    found = record.results[1].answers
    assert found is not None
    continuation, logits = found.outputs
    assert (continuation.tokens, continuation.length) == (2, 3)
    assert found.equal == 0
    assert logits.difference == 0.25
    assert (logits.top, logits.rows) == (3, 3)
    assert [session.read for session in sessions] == [[1, 2, 7, 4]] * 2  # A's tokens, for both
    assert record.results[0].inputs_from == "two tokens"


def test_tokens_that_one_model_lacks_are_others() -> None:
    """And logits are compared as far as both wrote."""
    prompts = Samples(({"tokens": np.array([1, 2], np.int32)},), "two tokens")
    long, short = ([7, 4, 9], [7, 4])
    for pair in ((long, short), (short, long)):
        contenders = [
            Contender("m", "1.0.0", "x:", "x", lambda t=t: Decoder(t, 0.0), lambda s: prompts)  # type: ignore[misc]
            for t in pair
        ]
        found = bench(contenders, runs=1, warmup=0).results[1].answers
        assert found is not None
        continuation, logits = found.outputs
        assert (found.equal, continuation.tokens, continuation.length) == (0, 2, 3)
        assert (logits.top, logits.rows) == (2, 2)


class Doubling(BaseSession):
    """y = 2 x."""

    def __init__(self, spec: TensorSpec) -> None:
        super().__init__((spec,), (TensorSpec("y", "float32", spec.shape),))

    def _run(self, arrays: Arrays) -> Arrays:
        [spec] = self.inputs
        return {"y": (2 * real_values(arrays["x"], spec.quantisation)).astype(np.float32)}


def by(spec: TensorSpec, inputs: Callable[[BaseSession], Arrays]) -> Contender:
    return Contender("m", "1.0.0", "x:", "x", lambda: Doubling(spec), inputs)  # type: ignore[arg-type]


def test_a_quantised_model_beside_its_float_form() -> None:
    record = bench(
        [by(FLOAT, lambda s: one([0.1, 1.0, 2.0, 3.0])[0]), by(INT8, lambda s: {})],
        runs=1,
        warmup=0,
    )
    found = record.results[1].answers
    assert found is not None
    assert found.inputs == "x: rounded to int8 in steps of 0.5"
    [output] = found.outputs
    assert output.difference == pytest.approx(0.2)  # twice what the rounding took
    assert output.top == 1


def test_answers_are_waited_for_no_longer_than_told() -> None:
    class Slow(Doubling):
        def _run(self, arrays: Arrays) -> Arrays:
            time.sleep(0.02)
            return super()._run(arrays)

    sets = Samples(one([1, 2, 3, 4]) * 5)
    contenders = [
        Contender("m", "1.0.0", "x:", "x", lambda kind=kind: kind(FLOAT), lambda s: sets)  # type: ignore[misc]
        for kind in (Doubling, Slow)
    ]
    found = bench(contenders, runs=1, warmup=0, seconds=0.01).results[1].answers
    assert found is not None
    assert (found.samples, found.equal) == (1, 1)
    found = bench(contenders, runs=1, warmup=0, seconds=9.0).results[1].answers
    assert found is not None
    assert (found.samples, found.equal) == (5, 5)


def test_models_of_other_inputs_are_timed_and_not_compared() -> None:
    wide = TensorSpec("x", "float32", (1, 5))
    own = {"x": np.zeros((1, 5), np.float32)}
    record = bench(
        [by(FLOAT, lambda s: one([1, 2, 3, 4])[0]), by(wide, lambda s: own)], runs=1, warmup=0
    )
    found = record.results[1].answers
    assert found is not None
    assert (found.samples, found.outputs) == (0, ())
    assert "[1, 4] there, float32[1, 5] here" in found.inputs
    assert record.comparisons[0].ratio_of_medians is not None
    assert record.comparisons[0].note == "each on inputs of its own"
