"""A server in front of a session that chooses its tokens itself."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from edgesdk.decoder.generation import generate
from edgesdk.decoder.generation_pieces import Settings, Usage
from edgesdk.decoder.prefix import PrefixCache
from edgesdk.decoder.sampling import GREEDY, Sampling
from edgesdk.decoder.writing import Wanted, WritingSession
from edgesdk.serving.watched import BLOCK
from edgesdk.serving.watched_writing import watched
from tests.decoder.generation.far import FarSession

from .fakes import FakeSession, expected, token
from .running import Serve, body, wait_for
from .test_leaving import idle, request

LONG = [token("a") + number % 7 * (number % 3) for number in range(5 * BLOCK + 7)]
WANTED = Wanted(Sampling(seed=4, repetition_penalty=1.1), 6, frozenset({2}), top=2)


class Stop(Exception):
    pass


def test_only_a_writing_session_is_watched_as_one() -> None:
    assert isinstance(watched(FarSession(FakeSession())), WritingSession)
    assert not isinstance(watched(FakeSession()), WritingSession)


def test_a_long_prompt_goes_in_blocks_and_the_text_is_the_same() -> None:
    below, plain = FakeSession(), FakeSession()
    session, usage, told = watched(FarSession(below)), Usage(), Usage()
    asked: list[int] = []
    session.ask = lambda: asked.append(below.prefilled)
    assert isinstance(session, WritingSession)
    found = list(session.write(LONG, WANTED, usage))
    assert found == list(FarSession(plain).write(LONG, WANTED, told))
    assert asked[:6] == [BLOCK * step for step in range(6)]
    assert (usage.prompt, usage.cached, usage.written) == (len(LONG), 0, 6)
    assert below.prefilled == plain.prefilled == len(LONG)
    assert 0 < usage.prefill_seconds <= (usage.first_seconds or 0)


def test_what_is_there_is_not_read_again() -> None:
    below = FakeSession()
    session = watched(FarSession(below))
    cache = PrefixCache(session)
    first = generate(cache, None, LONG, Settings(3, GREEDY))
    list(first)
    second = generate(cache, None, [*LONG, *first.tokens, *LONG[:70]], Settings(3, GREEDY))
    list(second)
    assert second.usage.cached == len(LONG) + 2
    assert below.prefilled == len(LONG) + 1 + 70
    cache.forget()
    assert (session.position, generate(cache, None, [5], Settings(1, GREEDY)).usage.cached) == (
        0,
        0,
    )


@pytest.mark.parametrize("steps", [0, 2, 6, 8])
def test_it_can_be_left_at_every_step(steps: int) -> None:
    below = FakeSession()
    session = watched(FarSession(below, ahead=2))
    left = [steps]

    def ask() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Stop

    session.ask = ask
    cache = PrefixCache(session)
    found = generate(cache, None, LONG, Settings(9, GREEDY))
    with pytest.raises(Stop):
        list(found)
    assert below.prefilled == min(steps * BLOCK, len(LONG))
    session.ask = lambda: None
    again = generate(cache, None, LONG, Settings(9, GREEDY))
    list(again)
    assert again.tokens == list(_near(LONG))
    assert below.prefilled == len(LONG) + (steps > 5)  # the last is read again for its logits


def _near(prompt: list[int]) -> list[int]:
    found = generate(FakeSession(), None, prompt, Settings(9, GREEDY))
    list(found)
    return found.tokens


def test_the_server_answers_and_a_client_that_hangs_up_stops_the_work(serve: Serve) -> None:
    below = FakeSession(context=100_000, delay=0.002)
    session: Any = FarSession(below)
    running = serve(session)
    answer = running.post(json=body("a", max_tokens=5, stop=["e"], logprobs=1)).json()
    assert answer["choices"][0]["text"] == expected("a", 3)
    line = socket.create_connection(running.address, timeout=10)
    line.sendall(request(max_tokens=50_000))
    assert wait_for(lambda: below.decodes > 10)
    line.close()
    assert wait_for(lambda: idle(running))
    assert below.decodes < 5000
    assert session.closed_early == 2  # the stop string, and the client
    assert running.post(json=body("a", max_tokens=5)).json()["choices"][0]["text"] == "bcdef"
