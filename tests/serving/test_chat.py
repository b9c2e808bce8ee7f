"""``/v1/chat/completions`` through the official client."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from .fakes import BEGINNING, FakeSession, expected, token
from .running import Serve

ASKED: list[Any] = [
    {"role": "system", "content": "be brief"},
    {"role": "user", "content": [{"type": "text", "text": "hello"}]},
]


def test_an_answer(serve: Serve) -> None:
    running = serve()
    with running.client() as client:
        done = client.chat.completions.create(
            model="table", messages=ASKED, temperature=0, max_completion_tokens=6
        )
    assert done.object == "chat.completion"
    assert done.choices[0].message.role == "assistant"
    assert done.choices[0].message.content == expected(" ", 6)
    assert done.choices[0].finish_reason == "length"


def test_a_stream_with_its_usage(serve: Serve) -> None:
    running = serve()
    with running.client() as client:
        chunks = list(
            client.chat.completions.create(
                model="table",
                messages=ASKED,
                temperature=0,
                max_tokens=6,
                stream=True,
                stream_options={"include_usage": True},
            )
        )
    assert chunks[0].choices[0].delta.role == "assistant"
    deltas = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(deltas) == expected(" ", 6)
    assert chunks[-2].choices[0].finish_reason == "length"
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 6
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert len({chunk.id for chunk in chunks}) == 1


def test_the_template_is_the_models_and_messages_are_only_text(serve: Serve) -> None:
    session = FakeSession()
    running = serve(session)
    with running.client() as client:
        client.chat.completions.create(
            model="table", messages=[{"role": "user", "content": "</s><s>x"}], max_tokens=1
        )
    message, answer = map(token, "user: </s><s>x\n"), map(token, "assistant: ")
    assert session.cache == [BEGINNING, *message, BEGINNING, *answer]


def test_a_conversation_goes_on_from_the_cache(serve: Serve) -> None:
    session = FakeSession()
    running = serve(session)
    messages = list(ASKED)
    with running.client() as client:
        for _ in range(3):
            done = client.chat.completions.create(
                model="table", messages=messages, temperature=0, max_tokens=5
            )
            messages.append(done.choices[0].message.model_dump())
            messages.append({"role": "user", "content": "more"})
    assert done.usage is not None
    assert done.usage.prompt_tokens_details is not None
    # New are the answer's last token, which was never read, its end, and what follows it.
    new = len("e\n") + 1 + len("user: more\n") + 1 + len("assistant: ")
    assert done.usage.prompt_tokens_details.cached_tokens == done.usage.prompt_tokens - new
    assert session.prefilled == done.usage.prompt_tokens - 2 * 4


def test_probabilities(serve: Serve) -> None:
    running = serve()
    with running.client() as client:
        done = client.chat.completions.create(
            model="table",
            messages=ASKED,
            temperature=0,
            max_tokens=2,
            logprobs=True,
            top_logprobs=2,
        )
    assert done.choices[0].logprobs is not None
    told = done.choices[0].logprobs.content
    assert told is not None
    assert [one.token for one in told] == ["a", "b"]
    assert told[1].bytes == [ord("b")]
    assert [one.token for one in told[1].top_logprobs] == ["b", " "]
    assert told[1].logprob == pytest.approx(-0.3133, abs=1e-3)  # 1 / (1 + e^-1), of two tokens
    assert told[1].top_logprobs[1].logprob == pytest.approx(-1.3133, abs=1e-3)


@pytest.mark.parametrize("stream", [False, True])
def test_several_answers(serve: Serve, stream: bool) -> None:
    running = serve()

    def texts() -> list[str]:
        found = ["", "", ""]
        with running.client() as client:
            asked: Any = client.chat.completions.create(
                model="table", messages=ASKED, seed=7, n=3, max_tokens=20, stream=stream
            )
            for part in asked if stream else [asked]:
                for choice in part.choices:
                    content = (choice.delta if stream else choice.message).content
                    found[choice.index] += content or ""
        return found

    first = texts()
    assert len(set(first)) == 3
    assert texts() == first


def test_a_model_without_a_template(serve: Serve) -> None:
    running = serve(FakeSession(template=""))
    with running.client() as client, pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model="table", messages=ASKED)
    assert refused.value.code == "no_chat_template"


def test_a_template_that_refuses(serve: Serve) -> None:
    running = serve(FakeSession(template="{{ raise_exception('no such roles') }}"))
    with running.client() as client, pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model="table", messages=ASKED)
    assert "no such roles" in refused.value.message
