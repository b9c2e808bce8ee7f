"""A server in front of a session that chooses its tokens itself."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from edgesdk.decoder.generation_pieces import Usage
from edgesdk.decoder.sampling import GREEDY, Sampling
from edgesdk.decoder.tokenizer import load
from edgesdk.decoder.writing import Choice, Choices, Wanted, WritingSession
from edgesdk.serving.generating import Model
from edgesdk.serving.job import Job, Text
from edgesdk.serving.requests import Wanted as Asked
from edgesdk.serving.watched import BLOCK, watched
from tests.decoder.generation.far import FarSession
from tests.waiting import until

from .fakes import FakeSession, byte_vocabulary, expected, token
from .running import Serve, body
from .test_leaving import idle, request

LONG = tuple(token("a") + number % 7 * (number % 3) for number in range(5 * BLOCK + 7))
WANTED = Wanted(Sampling(seed=4, repetition_penalty=1.1), 6, frozenset({2}), top=2)


class Stop(Exception):
    pass


def model(session: Any) -> Model:
    return Model(session, load(byte_vocabulary()))


def job(maximum: int) -> Job:
    asked = Asked("", GREEDY, (), maximum, 1, False, False, None, "")
    mailbox: Any = None  # nobody reads it
    return Job((), asked, mailbox, time.monotonic() + 60)


def text(served: Model, prompt: tuple[int, ...], work: Job) -> str:
    return "".join(e.text for e in served.continued(prompt, work, 0) if isinstance(e, Text))


def test_only_a_writing_session_is_watched_as_one() -> None:
    assert isinstance(watched(FarSession(FakeSession())), WritingSession)
    assert not isinstance(watched(FakeSession()), WritingSession)


def test_a_long_prompt_goes_in_blocks_and_the_text_is_the_same() -> None:
    below, work = FakeSession(), job(6)
    served = model(FarSession(below))
    asked: list[int] = []
    served.session.ask = lambda: asked.append(below.prefilled)
    assert text(served, LONG, work) == text(model(FakeSession()), LONG, job(6))
    assert sorted({*asked}) == [*(BLOCK * step for step in range(6)), len(LONG)]
    assert (work.usage.prompt, work.usage.cached) == (len(LONG), 0)
    assert below.prefilled == len(LONG)


def test_what_is_there_is_not_read_again() -> None:
    below, work = FakeSession(), job(3)
    served = model(FarSession(below))
    said = tuple(token(letter) for letter in text(served, LONG, job(3)))
    text(served, (*LONG, *said, *LONG[:70]), work)
    assert work.usage.cached == len(LONG) + 2
    assert below.prefilled == len(LONG) + 1 + 70
    served.forget()
    text(served, (5,), work)
    assert (served.session.position, work.usage.cached) == (3, len(LONG) + 2)


@pytest.mark.parametrize(("steps", "blocks"), [(0, 0), (2, 1), (3, 2), (10, 5), (12, 6), (14, 6)])
def test_it_can_be_left_at_every_step(steps: int, blocks: int) -> None:
    """It asks before and after each block, and between choices."""
    below = FakeSession()
    served = model(FarSession(below, ahead=2))
    left = [steps]

    def ask() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Stop

    served.session.ask = ask
    with pytest.raises(Stop):
        text(served, LONG, job(9))
    assert below.prefilled == min(blocks * BLOCK, len(LONG))
    served.session.ask = lambda: None
    assert text(served, LONG, job(9)) == text(model(FakeSession()), LONG, job(9))
    assert below.prefilled <= len(LONG) + 1  # a last one is read again for its logits


def test_the_last_choice_is_handed_out_before_it_asks() -> None:
    session = watched(FarSession(FakeSession()))
    assert isinstance(session, WritingSession)
    asked: list[int] = []
    session.ask = lambda: _stop() if asked else asked.append(1)
    choices = session.write([5, 6], WANTED, Usage())
    assert next(choices) == next(FarSession(FakeSession()).write([5, 6], WANTED, Usage()))
    with pytest.raises(Stop):
        next(choices)
    with pytest.raises(Stop):
        next(session.write([5, 6], WANTED, Usage()))


def _stop() -> None:
    raise Stop


@pytest.mark.parametrize("said", [[], [token("b")], [token("b"), 2, token("c")]])
@pytest.mark.parametrize("stream", [False, True])
def test_a_board_that_does_not_keep_to_it_is_a_failed_device(
    serve: Serve, said: list[int], stream: bool
) -> None:
    class Wrong(FarSession):
        def write(self, prompt: Any, wanted: Wanted, usage: Usage) -> Choices:
            yield from (Choice(one) for one in said)

    session: Any = Wrong(FakeSession())
    answer = serve(session).post(json=body("a", max_tokens=5, stream=stream))
    assert "EDGE-0641" in answer.text or answer.status_code == 503
    assert "fault of its own" not in answer.text
    assert '"finish_reason":"length"' not in answer.text


def test_the_server_answers_and_a_client_that_hangs_up_stops_the_work(serve: Serve) -> None:
    below = FakeSession(context=100_000, delay=0.002)
    session: Any = FarSession(below)
    running = serve(session)
    answer = running.post(json=body("a", max_tokens=5, stop=["e"], logprobs=1)).json()
    assert answer["choices"][0]["text"] == expected("a", 3)
    line = socket.create_connection(running.address, timeout=10)
    line.sendall(request(max_tokens=50_000))
    until(lambda: below.decodes > 10)
    line.close()
    until(lambda: idle(running))
    assert below.decodes < 5000
    assert session.closed_early == 2  # the stop string, and the client
    assert running.post(json=body("a", max_tokens=5)).json()["choices"][0]["text"] == "bcdef"
