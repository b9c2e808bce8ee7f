"""A session that chooses its tokens itself says what a near one says, and no logits come over."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from edgesdk.decoder import writing
from edgesdk.decoder.batch import generate_batch
from edgesdk.decoder.generation import LENGTH, STOP, Generation, Settings, generate
from edgesdk.decoder.prefix import PrefixCache
from edgesdk.decoder.reference_session import ReferenceSession
from edgesdk.decoder.sampling import GREEDY, Sampling
from edgesdk.decoder.tokenizer import load
from edgesdk.decoder.writing import Choice, Choices, Wanted, WritingSession
from edgesdk.errors import LinkFailed, UsageError
from tests.decoder.generation.conftest import Use
from tests.decoder.generation.far import FarSession
from tests.decoder.generation.table import END, TableSession, byte_vocabulary, script, tokens
from tests.decoder.generation.test_chat_command import OPTIONS, parrot
from tests.decoder.models import random_model

TOKENIZER = load(byte_vocabulary())
AHEAD = [0, 1, 5]
WARM = Sampling(1.3, top_k=40, top_p=0.95, min_p=0.01, repetition_penalty=1.2, seed=5)


def counts(generation: Generation) -> tuple[int, int, int]:
    usage = generation.usage
    return usage.prompt, usage.cached, usage.written


def test_the_double_is_what_it_says() -> None:
    assert isinstance(FarSession(TableSession()), WritingSession)
    assert not isinstance(TableSession(), WritingSession)


@pytest.mark.parametrize("ahead", AHEAD)
@pytest.mark.parametrize(
    "settings",
    [
        Settings(9, Sampling(temperature=0, seed=1)),
        Settings(9, WARM),
        Settings(9, Sampling(seed=-3), top=4),
        Settings(9, Sampling(seed=2**70), top=0),
        Settings(9, WARM, stop_tokens=False),
        Settings(None, WARM),
    ],
)
def test_pieces_and_counts_are_a_near_ones(ahead: int, settings: Settings) -> None:
    with ReferenceSession(random_model(5)) as near, ReferenceSession(random_model(5)) as below:
        one, two = PrefixCache(near), PrefixCache(FarSession(below, ahead))
        for prompt in ([1, 5, 9], [1, 5, 9, 4], [1, 7], [1, 5, 9, 4]):
            a, b = (generate(cache, None, prompt, settings) for cache in (one, two))
            assert list(a) == list(b)
            assert (a.tokens, a.finish, a.seed, counts(a)) == (
                b.tokens,
                b.finish,
                b.seed,
                counts(b),
            )
            assert one.tokens == two.tokens
            assert b.usage.prefill_seconds > 0
            assert b.usage.first_seconds is not None
            assert (b.usage.decode_seconds > 0) == (len(b.tokens) > 1)


def test_seconds_are_of_the_choosing_and_the_computing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that is one second later at each look: two looks a token, and two at its choice."""
    clock = itertools.count()
    monkeypatch.setattr(writing.time, "perf_counter", lambda: float(next(clock)))
    found = generate(TableSession(), None, [1, 5], Settings(3, GREEDY))
    list(found)
    usage = found.usage
    seconds = usage.prefill_seconds, usage.first_seconds, usage.decode_seconds
    assert seconds == (1.0, 3.0, 4.0)


def test_a_drawn_seed_gives_the_same_text_again() -> None:
    with ReferenceSession(random_model(5)) as below:
        far = FarSession(below)
        first = generate(far, None, [1, 5], Settings(9, Sampling()))
        list(first)
        again = generate(far, None, [1, 5], Settings(9, Sampling(seed=first.seed)))
        list(again)
        assert first.tokens == again.tokens
        assert far.wanted[0].sampling.seed == first.seed
        list(generate(far, None, [1, 5], Settings(1, Sampling(seed=2**70 - 1))))
        assert far.wanted[-1].sampling.seed == 2**64 - 1  # what goes over a link


@pytest.mark.parametrize("ahead", AHEAD)
def test_a_stop_string_ends_it_there_too(ahead: int) -> None:
    far = FarSession(TableSession(script("Say", "one\nUser: two, three, four"), 80), ahead)
    cache = PrefixCache(far)
    found = generate(cache, TOKENIZER, "Say", Settings(None, GREEDY, stops=("\nUser:",)))
    assert "".join(piece.text for piece in found) == "one"
    assert (found.finish, found.usage.written) == (STOP, len("one\nUser:"))
    assert far.closed_early == 1
    assert far.position == len("<Sayone\nUser:") - 1 + ahead
    # What the reader has seen is known, and what it has not seen changes nothing.
    assert cache.tokens == [1, *tokens("Sayone\nUser:")][: far.position]
    more = [1, *tokens("Sayone"), 9]
    again = generate(cache, TOKENIZER, more, Settings(1, GREEDY))
    list(again)
    assert again.usage.cached == len("<Sayone")


@pytest.mark.parametrize("ahead", AHEAD)
def test_closed_early_it_is_told_so_and_knows_its_cache(ahead: int) -> None:
    far = FarSession(TableSession(), ahead)
    cache = PrefixCache(far)
    found = generate(cache, None, [1, 2, 3], Settings(40, GREEDY))
    assert far.wanted == []
    said = [next(found).token, next(found).token]
    found.close()
    found.close()
    assert far.closed_early == 1
    assert cache.tokens == [1, 2, 3, *said][: far.position]
    assert (found.usage.written, list(found)) == (2, [])
    assert far.cache.shared([1, 2, 3, *said, 9]) >= cache.shared([1, 2, 3, *said, 9])


def test_a_whole_one_is_not_cancelled() -> None:
    far = FarSession(TableSession(script("Say", "hello")))
    for maximum, finish in ((3, LENGTH), (None, STOP)):
        found = generate(far, TOKENIZER, "Say", Settings(maximum, GREEDY))
        list(found)
        assert (found.finish, far.closed_early) == (finish, 0)


@pytest.mark.parametrize("ahead", AHEAD)
def test_a_batch_is_a_near_ones(ahead: int) -> None:
    prompts = ["one story: cat", "two story: dog", "one story: cow"]
    found: list[Any] = []
    for session in (TableSession(context=99), FarSession(TableSession(context=99), ahead)):
        pieces = generate_batch(session, TOKENIZER, prompts, Settings(4, WARM, top=2))
        found.append([(which, counts(g), piece) for which, g, piece in pieces])
    assert found[0] == found[1]


@pytest.mark.parametrize("ahead", AHEAD)
def test_a_chat_computes_only_what_is_new(use: Use, ahead: int) -> None:
    near, below = parrot(), parrot()
    told = []
    for session in (near, FarSession(below, ahead)):
        done = use(session)(*OPTIONS, "--json", stdin=b"one\ntwo words\nlast\n")  # type: ignore[arg-type]
        told.append(done.json["messages"])
    assert told[0] == told[1]
    assert [count for count in near.calls if count > 1] == [n for n in below.calls if n > 1]


def test_a_broken_link_leaves_nothing_known_that_is_not_there() -> None:
    table = TableSession()
    far = FarSession(table)
    cache = PrefixCache(far)
    list(generate(cache, None, [1, 2, 3, 4], Settings(2, GREEDY)))
    table.fail_at = len(table.calls)
    with pytest.raises(LinkFailed):
        list(generate(cache, None, [1, 2, 7, 8, 9, 10, 11], Settings(2, GREEDY)))
    assert cache.tokens == [1, 2] == table.cache
    far.lose = True
    table.fail_at = None
    with pytest.raises(LinkFailed):  # the prompt is there, and the answer does not come
        list(generate(cache, None, [1, 2, 7, 8, 9, 10, 11], Settings(2, GREEDY)))
    assert cache.tokens == [1, 2] == table.cache[:2]
    assert len(table.cache) == 7
    far.lose = False
    found = generate(cache, None, [1, 2, 7, 8, 9], Settings(2, GREEDY))
    assert (next(found).token, found.usage.cached) == (tokens("e")[0], 4)  # the board knows more


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ([7, 7, 7, 7], [7, 7, 7]),
        ([7, END, 7], [7]),
        ([7, END, END], [7]),
        ([7], [7]),
        ([], []),
    ],
)
def test_a_session_that_does_not_end_where_it_should(said: list[int], told: list[int]) -> None:
    class Wrong(FarSession):
        def write(self, prompt: Any, wanted: Wanted, usage: Any) -> Choices:
            yield from (Choice(token) for token in said)

    found = generate(Wrong(TableSession()), TOKENIZER, [1], Settings(3, GREEDY))
    with pytest.raises(LinkFailed) as caught:
        for piece in found:
            told.remove(piece.token)  # type: ignore[arg-type]
    assert (caught.value.id, told) == ("EDGE-0641", [])


@pytest.mark.parametrize("wrong", [{"maximum": 0}, {"top": 65}, {"top": -1}])
def test_what_makes_no_sense_is_not_asked_for(wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError) as caught:
        Wanted(**{"sampling": GREEDY, "maximum": 1, "ends": frozenset(), **wrong})  # type: ignore[arg-type]
    assert caught.value.id == "EDGE-02145"
