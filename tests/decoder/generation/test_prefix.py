"""What two prompts share is computed once, and gives the same numbers to the bit."""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk.decoder.batch import generate_batch
from edgesdk.decoder.generation import Settings
from edgesdk.decoder.prefix import PrefixCache
from edgesdk.decoder.reference_session import ReferenceSession
from edgesdk.decoder.sampling import GREEDY, Sampling
from edgesdk.decoder.tokenizer import load
from edgesdk.errors import LinkFailed, UsageError
from tests.decoder.generation.table import TableSession, byte_vocabulary
from tests.decoder.models import random_model


def test_a_shared_beginning_is_not_computed_again() -> None:
    session = TableSession()
    cache = PrefixCache(session)
    assert cache.prefill([1, 2, 3, 4])[1] == 0
    cache.decode(5)
    assert cache.prefill([1, 2, 3, 4, 5, 6])[1] == 5
    assert cache.prefill([1, 2, 9])[1] == 2
    assert cache.prefill([1, 2, 9])[1] == 2  # the last one's logits are needed
    assert cache.prefill([7])[1] == 0
    assert session.calls == [4, 1, 1, 1, 1, 1]
    assert cache.tokens == session.cache == [7]


def test_the_numbers_are_the_same_to_the_bit() -> None:
    random = np.random.default_rng(4)
    with ReferenceSession(random_model(5)) as one, ReferenceSession(random_model(5)) as two:
        cache, reused = PrefixCache(one), 0
        tokens = random.integers(0, 96, 12).tolist()
        for _ in range(20):
            tokens = tokens[: random.integers(1, 12)] + random.integers(0, 96, 6).tolist()
            logits, kept = cache.prefill(tokens)
            reused += kept
            two.rewind(0)
            np.testing.assert_array_equal(logits, two.prefill(tokens))
            np.testing.assert_array_equal(cache.decode(3), two.decode(3))
    assert reused > 20


def test_a_session_that_somebody_used_is_not_trusted() -> None:
    session = TableSession()
    session.prefill([1, 2, 3])
    assert PrefixCache(session).prefill([1, 2, 3])[1] == 0
    cache = PrefixCache(session)
    cache.prefill([1, 2])
    session.prefill([8])
    assert cache.tokens == []
    assert cache.prefill([1, 2, 8, 9])[1] == 0
    session.rewind(1)  # what is left is still known
    assert cache.prefill([1, 2, 8, 9])[1] == 1
    cache.lost()
    cache.decode(7)  # of five tokens the last is known: no beginning
    assert cache.tokens == []


@pytest.mark.parametrize("done", [0, 1, 3])
def test_an_interrupted_prompt_is_known_as_far_as_it_came(done: int) -> None:
    session = TableSession()
    cache = PrefixCache(session)
    cache.prefill([5, 6])
    prefill = session.prefill

    def interrupted(tokens: list[int], *, every: bool = False) -> np.ndarray:
        if done:
            prefill(tokens[:done])
        raise KeyboardInterrupt

    session.prefill = interrupted  # type: ignore[method-assign, assignment]
    with pytest.raises(KeyboardInterrupt):
        cache.prefill([5, 7, 8, 9, 10])
    session.prefill = prefill  # type: ignore[method-assign]
    assert cache.tokens == session.cache
    assert cache.prefill([5, 7, 8, 9, 10])[1] == 1 + done


def test_a_link_that_breaks_while_going_back_leaves_nothing_known() -> None:
    session = TableSession()
    cache = PrefixCache(session)
    cache.prefill([1, 2, 3, 4])

    def broken(length: int) -> None:
        raise LinkFailed("The link broke")

    session.rewind, rewind = broken, session.rewind  # type: ignore[method-assign]
    with pytest.raises(LinkFailed):
        cache.prefill([1, 9, 9, 9, 9, 9])
    session.rewind = rewind  # type: ignore[method-assign]
    assert cache.prefill([1, 9, 9, 9, 9, 9])[1] == 0
    cache.forget()
    assert session.position == 0


def test_a_batch_computes_what_is_common_once() -> None:
    session = TableSession(context=200)
    tokenizer = load(byte_vocabulary())
    prompts = ["one story: cat", "two story: dog", "one story: cow", "two story: dot"]
    found: dict[int, str] = {}
    usage: dict[int, int] = {}
    for index, generation, piece in generate_batch(
        session, tokenizer, prompts, Settings(3, GREEDY)
    ):
        found[index] = found.get(index, "") + piece.text
        usage[index] = generation.usage.cached
    assert found == dict.fromkeys(range(4), "opq")  # by position: all are as long
    assert usage == {0: 0, 2: len("<one story: c"), 1: 1, 3: len("<two story: do")}


def test_a_prompt_of_a_batch_can_be_repeated_alone() -> None:
    with ReferenceSession(random_model(6)) as session:
        how = Settings(6, Sampling(seed=10))
        tokens = {
            index: generation.tokens
            for index, generation, _ in generate_batch(session, None, [[5], [4], [5]], how)
        }
        alone = Settings(6, Sampling(seed=12))
        ((_, generation, _), *_) = list(generate_batch(session, None, [[5]], alone))
        assert generation.tokens == tokens[2] != tokens[0]


def test_a_batch_is_checked_before_it_begins() -> None:
    session = TableSession(context=4)
    with pytest.raises(UsageError) as caught:
        generate_batch(session, None, [[1, 2], [1, 2, 3, 4, 5]], Settings())
    assert caught.value.id == "EDGE-02146"
    assert "Prompt 2 of 2" in caught.value.what
    assert session.calls == []
