"""A model that loads, breaks and comes back; a server that is stopped; two on one port."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from unittest.mock import Mock

import httpx
import numpy as np
import openai
import pytest

from edgesdk.errors import DeviceUnavailable, NoDevice, UsageError
from edgesdk.serving.generating import Model
from edgesdk.serving.server import Server, listen
from edgesdk.serving.settings import Settings
from tests.waiting import until

from .fakes import FakeSession, expected, token
from .running import Running, Serve, body, opened, serving


def health(running: Running) -> tuple[int, str]:
    answer = running.get("/health")
    return answer.status_code, answer.json()["status"]


def test_a_model_that_is_still_loading(serve: Serve) -> None:
    go_on = threading.Event()

    @contextmanager
    def slow() -> Iterator[Model]:
        go_on.wait(10)
        with opened(FakeSession()) as model:
            yield model

    server = Server(listen("127.0.0.1", 0), Settings("table"), slow)
    running = Running(server, FakeSession())
    server.start()
    try:
        assert not server.wait_open(0.01)
        assert health(running) == (503, "loading")
        answer = running.post(json=body())
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "loading")
        assert "edgesdk_ready 0" in running.metrics()
        go_on.set()
        assert server.wait_open(10)
        assert health(running) == (200, "ready")
    finally:
        go_on.set()
        server.stop(0)


def test_a_model_that_does_not_open() -> None:
    def nothing() -> AbstractContextManager[Model]:
        raise NoDevice("Nothing answers at fake:")

    server = Server(listen("127.0.0.1", 0), Settings("table"), nothing)
    server.start()
    try:
        with pytest.raises(NoDevice):
            server.wait_open(10)
    finally:
        server.stop(0)


def test_a_link_that_breaks_and_comes_back(serve: Serve) -> None:
    session = FakeSession()
    session.fail_at = 5
    running = serve(session, reopen_after=0.5)
    with running.client() as client:
        with pytest.raises(openai.InternalServerError) as failed:
            client.completions.create(**body("a", max_tokens=50))
        assert failed.value.status_code == 503
        assert failed.value.code == "EDGE-0601"
        assert health(running) == (503, "broken")
        assert "EDGE-0601" in running.get("/health").json()["problem"]
        with pytest.raises(openai.InternalServerError) as refused:
            client.completions.create(**body("a"))
        assert refused.value.code == "broken"
        assert int(refused.value.response.headers["Retry-After"]) > 0
        session.fail_at = None
        until(lambda: health(running) == (200, "ready"))
        done = client.completions.create(**body("a", max_tokens=5))
        assert done.choices[0].text == expected("a", 5)


def test_a_link_that_breaks_in_a_stream(serve: Serve) -> None:
    session = FakeSession()
    session.fail_at = 5
    running = serve(session, reopen_after=30)
    texts = []
    with running.client() as client:
        stream = client.completions.create(**body("a", max_tokens=50), stream=True)
        with pytest.raises(openai.APIError, match="link broke"):
            texts += [choice.text for chunk in stream for choice in chunk.choices]
    assert health(running) == (503, "broken")


def test_those_who_wait_are_told_when_the_device_fails(serve: Serve) -> None:
    session = FakeSession(delay=0.02)
    session.fail_at = 20
    running = serve(session, reopen_after=30)
    answers: list[httpx.Response] = []
    threads = [
        threading.Thread(target=lambda: answers.append(running.post(json=body(max_tokens=99))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [503] * 4


def test_a_defect_fails_one_request_only(serve: Serve) -> None:
    class Odd(FakeSession):
        def decode(self, token: int) -> object:  # type: ignore[override]
            if self.decodes == 3:
                self.decodes += 1
                raise ZeroDivisionError
            return super().decode(token)

    running = serve(Odd())
    answer = running.post(json=body("a", max_tokens=9))
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal_error")
    assert "ZeroDivision" not in answer.text
    until(lambda: len(running.served) == 1)
    assert running.served[0].fault.startswith("ZeroDivisionError at test_states.py:")
    assert running.post(json=body("a", max_tokens=3)).json()["choices"][0]["text"] == "bcd"


def test_a_defect_of_the_network_is_told_the_operator(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = serve(FakeSession())
    monkeypatch.setattr(type(running.server.service), "health", None)
    answer = running.get("/health")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal_error")
    until(lambda: len(running.served) == 1)
    assert running.served[0].fault.startswith("TypeError at application.py:")


def test_logits_that_are_no_numbers_are_not_the_clients_fault(serve: Serve) -> None:
    class Damaged(FakeSession):
        def _logits(self, number: int) -> np.ndarray:
            logits = super()._logits(number)
            logits[7] = np.nan if number == token("c") else -np.inf
            return logits

    running = serve(Damaged())
    done = running.post(json=body("a", max_tokens=1, logprobs=5, top_k=3))
    assert done.status_code == 200
    done = running.post(json=body([1, token("a")], max_tokens=1, logprobs=5))
    assert min(done.json()["choices"][0]["logprobs"]["top_logprobs"][0].values()) > -9999
    failed = running.post(json=body("a", max_tokens=9))
    assert failed.status_code == 500
    assert failed.json()["error"]["code"] == "EDGE-02149"
    assert health(running) == (200, "ready")


def test_stopping_lets_the_request_at_work_end(serve: Serve) -> None:
    session = FakeSession(delay=0.02)
    with serving(session, queue=4) as running:
        answers: list[httpx.Response] = []
        threads = [
            threading.Thread(target=lambda: answers.append(running.post(json=body(max_tokens=40))))
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        until(lambda: "edgesdk_queue_depth 2" in running.metrics())
        assert running.server.stop(10)
        for thread in threads:
            thread.join()
        assert sorted(answer.status_code for answer in answers) == [200, 503, 503]
        done = next(answer.json() for answer in answers if answer.status_code == 200)
        assert len(done["choices"][0]["text"]) == 40
        assert session.closed


def test_stopping_waits_for_no_request_that_is_not_whole() -> None:
    with serving() as running, socket.create_connection(running.address, timeout=10) as line:
        line.sendall(
            b"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
        until(lambda: running.server._uvicorn.server_state.tasks)
        begun = time.monotonic()
        running.server.stop(60)
        assert time.monotonic() - begun < 20


def test_stopping_cuts_what_does_not_end_in_time(serve: Serve) -> None:
    session = FakeSession(context=100_000, delay=0.01)
    with serving(session) as running:
        texts: list[str] = []

        def ask() -> None:
            asked = body(max_tokens=50_000, stream=True)
            client = httpx.Client(verify=False)
            with client, client.stream("POST", running.url + "/completions", json=asked) as answer:
                texts.extend(line for line in answer.iter_lines() if line)

        thread = threading.Thread(target=ask)
        thread.start()
        until(lambda: session.decodes > 3)
        begun = time.monotonic()
        assert not running.server.stop(0.2)
        assert time.monotonic() - begun < 5
        thread.join()
        assert json.loads(texts[-1].removeprefix("data: "))["error"]["code"] == "stopping"
        assert session.closed


def test_two_servers_on_one_port(serve: Serve) -> None:
    _, port = serve().address
    with pytest.raises(DeviceUnavailable) as refused:
        listen("127.0.0.1", port)
    assert refused.value.id == "EDGE-0530"


@pytest.mark.parametrize("host", ["203.0.113.7", "a..b", "\0", "::%nothing"])
def test_a_host_that_is_not_here(host: str) -> None:
    with pytest.raises(UsageError) as refused:
        listen(host, 0)
    assert refused.value.id == "EDGE-02157"


@pytest.mark.parametrize(
    ("place", "url"),
    [
        (("127.0.0.1", 80), "http://127.0.0.1:80/v1"),
        (("::1", 8080, 0, 0), "http://[::1]:8080/v1"),
    ],
)
def test_where_clients_find_it(place: tuple[object, ...], url: str) -> None:
    with listen("127.0.0.1", 0) as listener:
        named = Mock(wraps=listener, getsockname=lambda: place)
        assert Server(named, Settings("table"), lambda: opened(FakeSession())).url == url
