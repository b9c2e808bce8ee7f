"""Choosing a token: against plain sorting, by frequency, and with numbers that are none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgesdk.decoder.sampling import GREEDY, Sampler, Sampling, log_probabilities
from edgesdk.decoder.sampling_filters import likeliest, nucleus, penalised
from edgesdk.errors import ModelRefused, UsageError


def floats(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def ranked(logits: np.ndarray) -> list[int]:
    """All tokens, the likeliest first, of equal ones the lowest."""
    return sorted(range(len(logits)), key=lambda token: (-logits[token], token))


def allowed(logits: np.ndarray, how: Sampling) -> set[int]:
    """What may be chosen, by the definition, with everything sorted and in float64."""
    order = ranked(logits)[: how.top_k or len(logits)]
    weights = np.exp(logits[order].astype(np.float64) - float(logits.max()))
    shares = np.cumsum(weights) / weights.sum()
    count = int(np.searchsorted(shares, how.top_p)) + 1 if how.top_p < 1 else len(order)
    return {order[i] for i in range(min(count, len(order))) if weights[i] >= how.min_p}


def drawn(logits: np.ndarray, how: Sampling, times: int) -> np.ndarray:
    sampler = Sampler(how)
    return np.bincount([sampler.choose(logits) for _ in range(times)], minlength=len(logits))


def test_greedy_takes_the_lowest_of_the_likeliest() -> None:
    assert Sampler(GREEDY).choose(floats(1, 5, 5, 0)) == 1
    assert Sampler(Sampling(temperature=1e-9, seed=1)).choose(floats(0, 2, 1)) == 1


@pytest.mark.parametrize("spread", [0.0, 0.01, 1.0, 6.0, 60.0])
@pytest.mark.parametrize("seed", range(8))
def test_the_filters_are_what_sorting_gives(seed: int, spread: float) -> None:
    random = np.random.default_rng(seed)
    logits = (random.normal(size=3000) * spread).astype(np.float32)
    if seed % 2:
        logits = np.round(logits)  # many equal ones
    for count in (1, 7, 500, 3000):
        assert likeliest(logits, count).tolist() == sorted(ranked(logits)[:count])
    for share in (1e-6, 0.1, 0.5, 0.9, 0.999):
        found = set(np.flatnonzero(nucleus(logits - logits.max(), share)).tolist())
        want = allowed(logits, Sampling(top_p=share))
        order = ranked(logits)
        assert found == set(order[: len(found)])  # no gap
        assert abs(len(found) - len(want)) <= max(1, len(want) // 500)  # rounding at the border


@pytest.mark.parametrize(
    "how",
    [
        Sampling(seed=1),
        Sampling(seed=1, top_k=3),
        Sampling(seed=1, top_p=0.7),
        Sampling(seed=1, min_p=0.3),
        Sampling(seed=1, top_k=5, top_p=0.9, min_p=0.1, temperature=2.0),
        Sampling(seed=1, temperature=0.5),
    ],
)
def test_tokens_come_as_often_as_they_should(how: Sampling) -> None:
    logits = floats(0.5, 3, 2.5, -1, 1, 2, -40, 0)
    kept = sorted(allowed(logits, how))
    weights = np.exp(logits[kept].astype(np.float64) / how.temperature)
    want = np.zeros(len(logits))
    want[kept] = weights / weights.sum()
    count = 4000
    counts = drawn(logits, how, count)
    spread = np.sqrt(count * want * (1 - want))
    assert (np.abs(counts - count * want) <= 4.5 * spread + 1e-9).all()
    assert set(np.flatnonzero(counts)) <= set(kept)


def test_the_temperature_comes_last() -> None:
    """Were it first, this heat would let the second token into the nucleus."""
    logits = floats(4, 0, 0)
    assert drawn(logits, Sampling(temperature=50, top_p=0.9, seed=3), 50).tolist() == [50, 0, 0]


def test_a_large_vocabulary_is_drawn_from_evenly() -> None:
    sampler = Sampler(Sampling(seed=9))
    logits = np.zeros(100_003, np.float32)
    tokens = np.array([sampler.choose(logits) for _ in range(400)])
    assert tokens.min() < 2000
    assert tokens.max() > 98_000
    assert abs(tokens.mean() - 50_000) < 5000


def test_the_same_seed_gives_the_same_tokens() -> None:
    logits = np.random.default_rng(0).normal(size=500).astype(np.float32)

    def tokens(seed: int | None) -> list[int]:
        sampler = Sampler(Sampling(seed=seed))
        return [sampler.choose(logits) for _ in range(20)]

    assert tokens(5) == tokens(5)
    assert tokens(-1) == tokens(2**64 - 1)
    assert len({tuple(tokens(seed)) for seed in (0, 1, 2**64 - 2)}) == 3
    one = Sampler(Sampling())
    again = Sampler(Sampling(seed=one.seed))
    assert [one.choose(logits) for _ in range(9)] == [again.choose(logits) for _ in range(9)]
    assert Sampler(Sampling()).seed != one.seed


# The first numbers of numpy's PCG64 with the seed 42, as its documentation prints them.
UNIFORM = (0.77395605, 0.43887844, 0.85859792)


def test_a_seed_gives_the_same_tokens_on_every_machine() -> None:
    logits = (np.arange(64, dtype=np.float32) * 37 % 64) / 16
    how = Sampling(temperature=0.8, top_k=40, top_p=0.95, min_p=0.05, seed=42)
    kept = sorted(allowed(logits, how))
    weights = [math.exp(float(logits[token]) / 0.8) for token in kept]
    want = []
    for number in UNIFORM:
        sums = np.cumsum(weights) / sum(weights)
        want.append(next(t for t, reached in zip(kept, sums, strict=True) if reached > number))
    sampler = Sampler(how)
    assert [sampler.choose(logits) for _ in UNIFORM] == want


def test_the_penalty_is_for_what_was_just_said() -> None:
    logits = floats(2.0, 1.9, -1.0, 0.0)
    found = penalised(logits, [0, 2, 99], 2.0)
    assert found.tolist() == [1.0, np.float32(1.9), -2.0, 0.0]
    assert logits[0] == 2  # the model's own are left alone
    sampler = Sampler(Sampling(temperature=0, repetition_penalty=2.0))
    assert sampler.choose(logits, [0, 0]) == 1
    assert sampler.choose(logits, []) == 0


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("how", [GREEDY, Sampling(seed=1), Sampling(top_k=2, top_p=0.5, seed=1)])
def test_logits_that_are_no_numbers_are_refused(bad: float, how: Sampling) -> None:
    with pytest.raises(ModelRefused) as caught:
        Sampler(how).choose(floats(0, 1, bad, 2))
    assert caught.value.id == "EDGE-02149"
    assert "token 2" in caught.value.evidence
    with pytest.raises(ModelRefused):
        Sampler(how).choose(floats(-math.inf, -math.inf))


@pytest.mark.parametrize("how", [Sampling(seed=1), Sampling(top_p=0.9, top_k=3, seed=1)])
def test_impossible_tokens_are_never_drawn(how: Sampling) -> None:
    logits = floats(-math.inf, 0, -math.inf, 0, -3.4e38, 3.4e38, -math.inf)
    assert set(np.flatnonzero(drawn(logits, how, 50))) == {5}
    assert set(np.flatnonzero(drawn(logits[:4], how, 50))) == {1, 3}


@given(
    st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=40),
    st.floats(0, 100),
    st.integers(0, 50),
    st.floats(0, 1, exclude_min=True),
    st.floats(0, 1),
    st.floats(0.01, 100),
)
def test_any_settings_choose_a_likely_enough_token(
    values: list[float], heat: float, top_k: int, top_p: float, min_p: float, penalty: float
) -> None:
    logits = np.array(values, np.float32)
    how = Sampling(heat, top_k, top_p, min_p, penalty, seed=0)
    changed = penalised(logits, [0, 5], penalty)
    try:
        token = Sampler(how).choose(logits, [0, 5])
    except ModelRefused:
        assert not math.isfinite(changed.max())
        return
    assert logits[token] > -math.inf
    assert token in set(ranked(changed)[: top_k or len(values)])


@pytest.mark.parametrize(
    "settings",
    [
        {"temperature": -0.1},
        {"temperature": math.nan},
        {"top_k": -1},
        {"top_p": 0.0},
        {"top_p": 1.01},
        {"min_p": -1},
        {"repetition_penalty": 0},
        {"repetition_penalty": 1e-38},
        {"repetition_penalty": math.inf},
        {"penalty_window": -1},
    ],
)
def test_settings_outside_their_range_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(UsageError) as caught:
        Sampling(**settings)
    assert caught.value.id == "EDGE-02145"
    assert next(iter(settings)) in str(caught.value)


def test_log_probabilities_are_those_of_the_softmax() -> None:
    logits = np.random.default_rng(2).normal(size=(3, 50)).astype(np.float32) * 30
    found = log_probabilities(logits)
    np.testing.assert_allclose(np.exp(found).sum(-1), 1, rtol=1e-12)
    difference = logits[:, :1].astype(np.float64) - logits[:, 1:2]
    np.testing.assert_allclose(found[:, :1] - found[:, 1:2], difference, rtol=1e-9)
