"""What a request may say: every field read strictly, every other refused by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edgesdk.serving.body import parse
from edgesdk.serving.problems import ApiError
from edgesdk.serving.requests import read_chat, read_completion

from .running import body

MESSAGES = [{"role": "user", "content": "hello"}]


def chat(**more: Any) -> dict[str, Any]:
    return {"model": "table", "messages": MESSAGES, **more}


def refusal(read: Callable[[Any], object], document: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        read(document)
    assert caught.value.status == 400
    error = caught.value.document["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    return caught.value


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("temperature", "hot", "invalid_type"),
        ("temperature", True, "invalid_type"),
        ("temperature", 2.1, "invalid_value"),
        ("temperature", -0.1, "invalid_value"),
        ("temperature", float("inf"), "invalid_value"),
        ("temperature", float("nan"), "invalid_value"),
        ("temperature", 10**299, "invalid_value"),
        ("top_p", 0, "invalid_value"),
        ("top_p", 1.01, "invalid_value"),
        ("top_k", -1, "invalid_value"),
        ("top_k", 1.5, "invalid_value"),
        ("min_p", 2, "invalid_value"),
        ("repetition_penalty", 0, "invalid_value"),
        ("repetition_penalty", 1e-38, "invalid_value"),
        ("max_tokens", 0, "invalid_value"),
        ("max_tokens", "5", "invalid_type"),
        ("max_tokens", 1e300, "invalid_value"),
        ("max_tokens", 10**299, "invalid_value"),
        ("n", 0, "invalid_value"),
        ("n", 9, "invalid_value"),
        ("seed", 2**63, "invalid_value"),
        ("seed", "1", "invalid_type"),
        ("stop", 3, "invalid_type"),
        ("stop", [""], "invalid_value"),
        ("stop", ["a"] * 17, "invalid_value"),
        ("stop", "x" * 257, "invalid_value"),
        ("stop", "\ud800", "invalid_value"),
        ("stream", 1, "invalid_type"),
        ("stream_options", {"include_usage": True}, "invalid_value"),
        ("user", 5, "invalid_type"),
        ("model", 5, "invalid_type"),
        ("frequency_penalty", 0.5, "unsupported_parameter"),
        ("presence_penalty", -1, "unsupported_parameter"),
        ("logit_bias", {"5": 1}, "unsupported_parameter"),
        ("store", True, "unsupported_parameter"),
        ("colour", "red", "unknown_parameter"),
        ("grammar", {}, "unknown_parameter"),
    ],
)
@pytest.mark.parametrize("read", [read_completion, read_chat])
def test_wrong_values(read: Callable[[Any], object], field: str, value: Any, reason: str) -> None:
    document = body() if read is read_completion else chat()
    error = refusal(read, {**document, field: value})
    assert error.reason == reason
    assert error.param == field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", 5),
        ("prompt", []),
        ("prompt", [[]] * 9),
        ("prompt", ["a", 5]),
        ("prompt", [1, -1]),
        ("prompt", [1, True]),
        ("prompt", [1, 2**31]),
        ("prompt", "\udfff"),
        ("logprobs", 6),
        ("logprobs", True),
        ("echo", True),
        ("suffix", "end"),
        ("best_of", 2),
    ],
)
def test_wrong_completions(field: str, value: Any) -> None:
    assert refusal(read_completion, {**body(), field: value}).param == field


@pytest.mark.parametrize(
    ("messages", "param"),
    [
        ("hello", "messages"),
        ([], "messages"),
        ([5], "messages[0]"),
        ([{"role": "user"}], "messages[0].content"),
        ([{"content": "x"}], "messages[0].role"),
        ([{"role": "tool", "content": "x"}], "messages[0].role"),
        ([*MESSAGES, {"role": "user", "content": 5}], "messages[1].content"),
        ([{"role": "user", "content": [{"type": "text"}]}], "messages[0].content[0].text"),
        (
            [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}],
            "messages[0].content[0].type",
        ),
        ([{"role": "user", "content": "x", "mood": "good"}], "messages[0].mood"),
        ([{"role": "assistant", "content": "x", "tool_calls": [{}]}], "messages[0].tool_calls"),
    ],
)
def test_wrong_messages(messages: Any, param: str) -> None:
    assert refusal(read_chat, chat(messages=messages)).param == param


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("top_logprobs", 3),
        ("logprobs", 3),
        ("tools", [{"type": "function"}]),
        ("response_format", {"type": "json_object"}),
        ("max_completion_tokens", -1),
        ("prompt", "x"),
    ],
)
def test_wrong_chats(field: str, value: Any) -> None:
    assert refusal(read_chat, chat(**{field: value})).param == field


def test_two_limits_that_differ_are_refused() -> None:
    refusal(read_chat, chat(max_tokens=5, max_completion_tokens=6))
    assert read_chat(chat(max_tokens=5, max_completion_tokens=5)).wanted.maximum == 5


def test_null_is_absent_and_whole_numbers_may_have_a_point() -> None:
    found = read_completion(body(max_tokens=3.0, stop=None, seed=None, logit_bias=None))
    assert found.wanted.maximum == 3
    assert found.wanted.stops == ()
    assert found.wanted.sampling.seed is None


def test_values_that_ask_for_nothing_are_taken() -> None:
    read_completion(body(frequency_penalty=0, presence_penalty=0.0, echo=False, best_of=1))
    read_chat(chat(tools=[], response_format={"type": "text"}, store=False, n=1))


def test_parts_of_a_message_are_joined_and_a_developer_is_the_system() -> None:
    parts = [{"type": "text", "text": "one "}, {"type": "text", "text": "two"}]
    found = read_chat(chat(messages=[{"role": "developer", "content": parts}]))
    assert [(m.role, m.content) for m in found.messages] == [("system", "one two")]


@pytest.mark.parametrize("document", [[], "text", 5, None, True])
def test_a_body_that_is_no_object(document: Any) -> None:
    refusal(read_completion, document)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"a": 1,}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 2}',
        b'{"a": ' + b"9" * 301 + b"}",
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_bodies_that_are_no_json(content: bytes) -> None:
    assert refusal(parse, content).reason == "invalid_json"
