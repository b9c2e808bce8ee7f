"""One generation: what it says, when it ends, what it costs, and what it leaves behind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgesdk.decoder.generation import CONTEXT, LENGTH, STOP, Piece, Settings, generate
from edgesdk.decoder.prefix import PrefixCache
from edgesdk.decoder.reference_session import ReferenceSession
from edgesdk.decoder.sampling import GREEDY, Sampling
from edgesdk.decoder.tokenizer import load
from edgesdk.errors import LinkFailed, UsageError
from tests.decoder.generation.table import (
    BEGINNING,
    END,
    FIRST,
    TableSession,
    byte_vocabulary,
    script,
    tokens,
)
from tests.decoder.models import random_model

TOKENIZER = load(byte_vocabulary())


def settings(maximum: int | None = None, **more: Any) -> Settings:
    return Settings(maximum, GREEDY, **more)


def said(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def test_it_ends_at_the_models_own_end() -> None:
    session = TableSession(script("Say", "hello"))
    found = generate(session, TOKENIZER, "Say", settings())
    pieces = list(found)
    assert said(pieces) == "hello"
    assert [piece.token for piece in pieces] == [*tokens("hello"), None]
    assert [piece.finish for piece in pieces] == [None] * 5 + [STOP]
    assert found.finish == STOP
    assert found.tokens == [*tokens("hello"), END]
    assert (found.usage.prompt, found.usage.cached, found.usage.written) == (4, 0, 6)
    assert session.calls == [4, 1, 1, 1, 1, 1]


def test_the_end_can_be_ignored() -> None:
    session = TableSession(script("Say", "hello"))
    found = generate(session, TOKENIZER, "Say", settings(8, stop_tokens=False))
    assert said(list(found)) == "hellojk"
    assert found.finish == LENGTH


def test_a_maximum_of_tokens_costs_no_step_more() -> None:
    session = TableSession()
    found = generate(session, TOKENIZER, "Say", settings(5))
    assert said(list(found)) == "defgh"
    assert found.finish == LENGTH
    assert session.calls == [4, 1, 1, 1, 1]


@pytest.mark.parametrize("maximum", [None, 10**18])
def test_the_context_bounds_every_maximum(maximum: int | None) -> None:
    session = TableSession(context=10)
    found = generate(session, TOKENIZER, "Say", settings(maximum))
    list(found)
    assert found.finish == CONTEXT
    assert len(found.tokens) == 7  # the last one needs no place in the cache
    assert session.position == 10


def test_a_prompt_as_long_as_the_context_gives_one_token() -> None:
    session = TableSession(context=4)
    found = generate(session, TOKENIZER, "Say", settings())
    assert said(list(found)) == "d"
    assert found.finish == CONTEXT
    with pytest.raises(UsageError) as caught:
        generate(session, TOKENIZER, "Says", settings())
    assert caught.value.id == "EDGE-02146"
    assert "5 tokens, and the context holds 4" in caught.value.evidence


def test_a_stop_string_over_tokens_ends_it_and_is_not_shown() -> None:
    session = TableSession(script("Say", "one\nUser: two"))
    found = generate(session, TOKENIZER, "Say", settings(stops=("\nUser:", "never")))
    pieces = list(found)
    assert said(pieces) == "one"
    assert found.finish == STOP
    assert len(found.tokens) == len("one\nUser:")
    assert "" in [piece.text for piece in pieces]  # kept back


def test_what_was_kept_back_is_shown_at_the_end() -> None:
    session = TableSession(script("Say", "one\nUs"))
    pieces = list(generate(session, TOKENIZER, "Say", settings(stops=("\nUser:",))))
    assert said(pieces) == "one\nUs"
    assert pieces[-1] == Piece("\nUs", finish=STOP)


def test_only_whole_characters_are_shown() -> None:
    session = TableSession(script("Say", "é€😀"))
    pieces = list(generate(session, TOKENIZER, "Say", settings()))
    assert [piece.text for piece in pieces] == ["", "é", "", "", "€", "", "", "", "😀", ""]
    cut = list(generate(session, TOKENIZER, "Say", settings(3)))
    assert said(cut) == "é\N{REPLACEMENT CHARACTER}"


def test_probabilities_are_the_models_own() -> None:
    session = TableSession()
    how = Settings(2, Sampling(temperature=0.1, top_k=1, seed=1), top=3)
    first, second, last = generate(session, TOKENIZER, "Say", how)
    want = 8 - np.log(np.exp(8) + 258)
    assert first.logprob == pytest.approx(want, rel=1e-6)
    assert first.top[0] == (first.token, first.logprob)
    assert [token for token, _ in second.top[1:]] == [0, 1]  # of equal ones the lowest
    assert (last.logprob, last.top) == (None, ())
    plain = next(generate(session, TOKENIZER, "Say", settings(1, top=0)))
    assert (plain.logprob, plain.top) == (pytest.approx(want, rel=1e-6), ())
    assert next(generate(session, TOKENIZER, "Say", settings(1))).logprob is None


def test_nothing_is_computed_before_it_is_asked_for_or_after_it_is_closed() -> None:
    session = TableSession()
    found = generate(session, TOKENIZER, "Say", settings())
    assert session.calls == []
    next(found)
    next(found)
    found.close()
    found.close()
    assert list(found) == []
    assert session.calls == [4, 1]
    assert found.finish is None
    assert found.usage.written == 2


def test_tokens_need_no_tokenizer() -> None:
    session = TableSession({1: 7, 2: END}, text=byte_vocabulary())
    found = generate(session, None, [BEGINNING, 9], settings())
    assert [(piece.text, piece.token) for piece in found] == [("", 7), ("", None)]
    assert found.finish == STOP  # the bundle names the tokens that end a text
    for wrong in ({"prompt": "Say"}, {"prompt": [1], "settings": settings(stops=("x",))}):
        with pytest.raises(UsageError) as caught:
            generate(session, None, **wrong)  # type: ignore[arg-type]
        assert caught.value.id == "EDGE-02148"


def test_an_empty_prompt_is_the_beginning_alone() -> None:
    session = TableSession()
    assert said(list(generate(session, TOKENIZER, "", settings(2)))) == "ab"
    with pytest.raises(UsageError):
        list(generate(session, TOKENIZER, [], settings(2)))


def test_the_penalty_looks_at_prompt_and_text_within_its_window() -> None:
    """The table likes a best and b next: a comes as often as the window lets it."""
    always_a = dict.fromkeys(range(64), FIRST + ord("a"))

    def tokens_of(window: int) -> list[int]:
        how = Sampling(temperature=0, repetition_penalty=100, penalty_window=window)
        session = TableSession(always_a, context=32)
        logits = session._logits

        def some() -> np.ndarray:
            found = logits()
            found[FIRST + ord("b")] = 1.0
            return found

        session._logits = some  # type: ignore[method-assign]
        found = generate(session, None, tokens("xa"), Settings(6, how))
        list(found)
        return [token - FIRST - ord("a") for token in found.tokens]

    assert tokens_of(0) == [0] * 6
    assert tokens_of(1) == [1, 0, 1, 0, 1, 0]
    assert tokens_of(64)[:1] == [1]


def test_a_broken_link_is_raised_and_the_next_one_works() -> None:
    session = TableSession()
    cache = PrefixCache(session)
    session.fail_at = 3
    pieces = []
    with pytest.raises(LinkFailed):
        pieces.extend(generate(cache, TOKENIZER, "Say", settings(9)))
    session.fail_at = None
    again = generate(cache, TOKENIZER, "Say", settings(9))
    assert said(list(again)) == "defghijkl"


def test_generation_agrees_with_the_models_own_continuation() -> None:
    with ReferenceSession(random_model(3)) as session:
        want = session.run({"tokens": np.array([1, 5, 9], np.int32)})["continuation"]
        found = generate(session, None, [1, 5, 9], settings(len(want)))
        list(found)
        assert found.tokens == want.tolist()


@pytest.mark.parametrize("wrong", [{"maximum": 0}, {"top": -1}, {"top": 65}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError) as caught:
        Settings(**wrong)  # type: ignore[arg-type]
    assert caught.value.id == "EDGE-02145"


def test_ended_early_it_tells_what_was_kept_back() -> None:
    session = TableSession(script("Say", "hello"))
    found = generate(session, TOKENIZER, "Say", settings(stops=("hello you",)))
    assert said([next(found), next(found)]) == ""
    last = found.end()
    assert (last.text, last.token, last.finish, found.finish) == ("he", None, LENGTH, LENGTH)
    assert list(found) == []
    assert session.position == len("<Say") + 1
