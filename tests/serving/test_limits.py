"""Bodies, keys, hosts, the queue and the clock."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

import httpx
import numpy as np
import openai
import pytest

from tests.waiting import until

from .fakes import FakeSession, expected
from .running import Serve, body


def error(answer: httpx.Response) -> tuple[int, str | None]:
    """Status and code of an answer that is an error; its shape is checked."""
    found = answer.json()["error"]
    assert set(found) == {"message", "type", "param", "code"}
    assert found["message"]
    return answer.status_code, found["code"]


def test_errors_reach_the_official_client(serve: Serve) -> None:
    with serve().client() as client:
        with pytest.raises(openai.BadRequestError) as wrong:
            client.completions.create(**body(), extra_body={"colour": "red"})
        with pytest.raises(openai.NotFoundError) as unknown:
            client.completions.create(model="gpt-9", prompt="x")
    assert wrong.value.code == "unknown_parameter"
    assert wrong.value.param == "colour"
    assert unknown.value.code == "model_not_found"


def test_bodies(serve: Serve) -> None:
    running = serve(max_body=2048)
    assert error(running.post(content=b"{}")) == (415, "unsupported_media_type")
    headers = {"Content-Type": "application/json"}
    assert error(running.post(content=b'{"x"', headers=headers)) == (400, "invalid_json")
    assert error(running.post(content=b"[" * 2000, headers=headers)) == (400, "invalid_json")
    assert error(running.post(content=b'"\xff\xfe"', headers=headers)) == (400, "invalid_json")
    assert error(running.post(content=b" " * 2049, headers=headers)) == (413, "body_too_large")
    packed = {**headers, "Content-Encoding": "gzip"}
    assert error(running.post(content=b"{}", headers=packed)) == (415, "unsupported_encoding")
    assert running.post(json=body(max_tokens=1)).status_code == 200


def test_a_body_in_chunks_is_counted_too(serve: Serve) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(200):
            yield b" " * 1000

    running = serve(max_body=2048)
    headers = {"Content-Type": "application/json"}
    answer = running.post(content=endless(), headers=headers)
    assert error(answer) == (413, "body_too_large")


def test_a_body_that_does_not_come(serve: Serve) -> None:
    running = serve(body_timeout=0.2)
    with socket.create_connection(running.address, timeout=10) as line:
        line.sendall(
            b"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
        answer = b"".join(iter(lambda: line.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "timeout"


def test_headers_that_do_not_come(serve: Serve) -> None:
    running = serve(header_timeout=-9.0)  # beside the ten seconds of an idle connection
    with socket.create_connection(running.address, timeout=10) as line:
        line.sendall(b"GET /health HTTP/1.1\r\nHost: ")
        assert line.recv(100) == b""


def test_headers_without_end(serve: Serve) -> None:
    running = serve()
    with socket.create_connection(running.address, timeout=10) as line:
        line.sendall(b"GET /health HTTP/1.1\r\nX: " + b"y" * 200_000)
        assert line.recv(12) == b"HTTP/1.1 400"


def test_a_connection_too_many_is_cut(serve: Serve) -> None:
    running = serve(connections=2)
    lines = [socket.create_connection(running.address, timeout=10) for _ in range(3)]
    try:
        with suppress(ConnectionResetError):
            assert lines[2].recv(1) == b""
    finally:
        for line in lines:
            line.close()
    until(lambda: running.get("/health").status_code == 200)


def test_unicode_is_checked(serve: Serve) -> None:
    running = serve()
    headers = {"Content-Type": "application/json"}
    text = b'{"model": "table", "prompt": "\\ud83d"}'
    assert error(running.post(content=text, headers=headers)) == (400, "invalid_value")
    for text in (b'{"\\ud800": 5}', b'{"stream": true, "stream_options": {"\\ud800": 5}}'):
        content = text.replace(b"{", b'{"model": "table", "prompt": "x", ', 1)
        answer = running.post(content=content, headers=headers)
        assert error(answer) == (400, "unknown_parameter")
        assert answer.json()["error"]["param"].endswith("\\ud800")
        until(lambda: running.served[-1].status == 400)


def test_keys(serve: Serve) -> None:
    running = serve(keys=("right", "other"))
    with running.client(api_key="wrong") as client, pytest.raises(openai.AuthenticationError):
        client.models.list()
    for key in ("right", "other"):
        with running.client(api_key=key) as client:
            assert [model.id for model in client.models.list()] == ["table"]
    wrong = [{}, {"Authorization": "right"}, {"Authorization": "Basic right"}]
    wrong += [{"Authorization": "Bearer rightt"}, {"Authorization": "Bearer"}]
    for headers in wrong:
        answer = running.get("/v1/models", headers=headers)
        assert error(answer) == (401, "invalid_api_key")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert running.get("/metrics").status_code == 401
    assert running.get("/health").status_code == 200
    assert error(running.post(json=body())) == (401, "invalid_api_key")


def test_a_host_of_somebody_else_is_refused(serve: Serve) -> None:
    """A name that an attacker's DNS points here, opened in a browser on this machine."""
    running = serve(hosts=("localhost", "127.0.0.1", "::1"))
    foreign = running.get("/health", headers={"Host": "evil.example:8080"})
    assert error(foreign) == (403, "host_not_allowed")
    for host in ("localhost:8080", "LOCALHOST", "127.0.0.1", "[::1]:80"):
        assert running.get("/health", headers={"Host": host}).status_code == 200


def test_other_origins_are_told_nothing_unless_allowed(serve: Serve) -> None:
    asking = {"Origin": "https://page.example", "Access-Control-Request-Method": "POST"}
    closed = serve()
    answer = closed.request("OPTIONS", "/v1/completions", headers=asking)
    assert answer.status_code == 405
    assert "access-control-allow-origin" not in answer.headers
    opened = serve(origins=("https://page.example",))
    answer = opened.request("OPTIONS", "/v1/completions", headers=asking)
    assert answer.headers["access-control-allow-origin"] == "https://page.example"


def test_paths_and_methods(serve: Serve) -> None:
    running = serve()
    assert error(running.get("/v2/models")) == (404, "not_found")
    assert error(running.get("/v1/completions")) == (405, "wrong_method")
    assert error(running.get("/v1/models/gpt-9")) == (404, "model_not_found")
    assert running.get("/v1/models/table").json()["id"] == "table"


def test_a_full_queue(serve: Serve) -> None:
    session = FakeSession(delay=0.02)
    running = serve(session, queue=2)
    answers: list[httpx.Response] = []

    def ask() -> None:
        answers.append(running.post(json=body(max_tokens=10)))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses.count(200) >= 2
    assert statuses.count(429) >= 4
    assert set(statuses) == {200, 429}
    full = next(answer for answer in answers if answer.status_code == 429)
    assert error(full) == (429, "queue_full")
    assert int(full.headers["Retry-After"]) > 0
    assert full.json()["error"]["type"] == "rate_limit_error"
    assert len(session.threads) == 1


def test_many_at_once_all_get_their_own_text(serve: Serve) -> None:
    running = serve(queue=64)
    letters = "abcdefghijklmnop"
    found: dict[str, str] = {}

    def ask(letter: str) -> None:
        with running.client() as client:
            chunks = client.completions.create(**body(letter, max_tokens=40), stream=True)
            found[letter] = "".join(c.text for chunk in chunks for c in chunk.choices)

    threads = [threading.Thread(target=ask, args=letter) for letter in letters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {letter: expected(letter, 40) for letter in letters}


def test_time_over_before_the_first_token(serve: Serve) -> None:
    running = serve(FakeSession(delay=0.5), timeout=0.15)
    first = threading.Thread(target=running.post, kwargs={"json": body(max_tokens=9)})
    first.start()
    until(lambda: running.session.decodes > 0)
    answer = running.post(json=body("b"))
    first.join()
    assert error(answer) == (504, "timeout")
    until(lambda: "edgesdk_queue_depth 0" in running.metrics())


@pytest.mark.parametrize("stream", [False, True])
def test_time_over_in_the_middle_ends_the_text(serve: Serve, stream: bool) -> None:
    running = serve(FakeSession(delay=0.01), timeout=0.25)
    begun = time.monotonic()
    with running.client() as client:
        asked = client.completions.create(**body("a", max_tokens=400), stream=stream)
        parts = list(asked) if stream else [asked]
    assert time.monotonic() - begun < 5
    choices = [choice for part in parts for choice in part.choices]
    text = "".join(choice.text for choice in choices)
    assert text and text == expected("a", len(text))
    assert len(text) < 100
    assert choices[-1].finish_reason == "length"


def test_time_over_in_one_of_several_texts_begins_no_other(serve: Serve) -> None:
    class Slow(FakeSession):
        def prefill(self, tokens: Sequence[int], *, every: bool = False) -> np.ndarray:
            time.sleep(0.15)
            return super().prefill(tokens, every=every)

    session = Slow(delay=0.02)
    running = serve(session, timeout=0.3)
    letters = list("abcdefgh")
    done = running.post(json={**body(max_tokens=400), "prompt": letters}).json()
    assert [choice["finish_reason"] for choice in done["choices"]] == ["length"] * 8
    assert done["choices"][0]["text"]
    assert [choice["text"] for choice in done["choices"][1:]] == [""] * 7
    assert session.prefilled == 2


def test_time_over_loses_nothing_of_what_was_kept_back(serve: Serve) -> None:
    running = serve(FakeSession(delay=0.02), timeout=0.25)
    stop = expected("a", 25) + "X" + "y" * 200  # which the text seems to become
    done = running.post(json=body("a", max_tokens=22, stop=[stop])).json()
    text = done["choices"][0]["text"]
    assert text == expected("a", len(text))
    assert len(text) == done["usage"]["completion_tokens"] > 0
    assert done["choices"][0]["finish_reason"] == "length"


def test_the_servers_own_limit_of_tokens(serve: Serve) -> None:
    running = serve(max_tokens=7)
    with running.client() as client:
        done = client.completions.create(**body("a", max_tokens=10**9))
    assert done.choices[0].text == expected("a", 7)
    assert done.choices[0].finish_reason == "length"


def test_a_huge_maximum_ends_with_the_context(serve: Serve) -> None:
    running = serve(FakeSession(context=32))
    with running.client() as client:
        done = client.completions.create(**body("a", max_tokens=2**31 - 1))
    assert done.choices[0].finish_reason == "length"
    assert done.choices[0].text == expected("a", 31)


def test_prompts_that_do_not_fit(serve: Serve) -> None:
    running = serve(FakeSession(context=32))
    assert error(running.post(json=body("a" * 32))) == (400, "context_length_exceeded")
    assert running.post(json=body("a" * 31, max_tokens=5)).status_code == 200
    assert error(running.post(json=body([1, 259]))) == (400, "invalid_value")
    assert running.post(json=body([1, 258], max_tokens=1)).status_code == 200
