"""Clients that leave, or never read: the device stops working for them."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import suppress

import httpx
import pytest

from tests.waiting import until

from .fakes import FakeSession, expected
from .running import Running, Serve, body


def request(**more: object) -> bytes:
    content = json.dumps(body("a", **more)).encode()
    head = (
        b"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n" % len(content)
    )
    return head + content


def idle(running: Running) -> bool:
    """Whether the device does nothing and nothing waits."""
    text = running.metrics()
    return "edgesdk_running 0" in text and "edgesdk_queue_depth 0" in text


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_hangs_up_stops_the_work(serve: Serve, stream: bool) -> None:
    session = FakeSession(context=100_000, delay=0.005)
    running = serve(session)
    line = socket.create_connection(running.address, timeout=10)
    line.sendall(request(max_tokens=50_000, stream=stream))
    until(lambda: session.decodes > 10)
    line.close()
    until(lambda: idle(running))
    stopped = session.decodes
    assert stopped < 2000
    time.sleep(0.1)
    assert session.decodes == stopped
    assert "edgesdk_cancelled_total 1" in running.metrics()
    assert running.post(json=body("a", max_tokens=5)).json()["choices"][0]["text"] == "bcdef"


def test_a_client_that_leaves_the_queue_costs_nothing(serve: Serve) -> None:
    session = FakeSession(delay=0.01)
    running = serve(session)
    first = threading.Thread(target=running.post, kwargs={"json": body("a", max_tokens=30)})
    first.start()
    until(lambda: session.decodes > 0)
    line = socket.create_connection(running.address, timeout=10)
    line.sendall(request(max_tokens=300))
    until(lambda: "edgesdk_queue_depth 1" in running.metrics())
    line.close()
    until(lambda: "edgesdk_queue_depth 0" in running.metrics())
    first.join()
    assert session.decodes == 29  # the first text's, and none for the second


def test_a_long_prompt_is_left_between_two_blocks(serve: Serve) -> None:
    class Slow(FakeSession):
        def prefill(self, tokens: object, *, every: bool = False) -> object:
            time.sleep(0.05)
            return super().prefill(tokens, every=every)  # type: ignore[arg-type]

    session = Slow(context=100_000)
    running = serve(session)
    line = socket.create_connection(running.address, timeout=10)
    content = json.dumps(body("a" * 20_000)).encode()
    line.sendall(request()[: request().index(b"Content-Length")])
    line.sendall(b"Content-Length: %d\r\n\r\n" % len(content) + content)
    until(lambda: session.prefilled > 0)
    line.close()
    until(lambda: idle(running))
    assert session.prefilled < 10_000


def test_a_client_that_never_reads_is_cut(serve: Serve) -> None:
    session = FakeSession(context=1_000_000)
    running = serve(session, write_timeout=0.5)
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect(running.address)
    line.sendall(request(max_tokens=500_000, stream=True))
    until(lambda: session.decodes > 10)
    until(lambda: idle(running), 30)
    assert session.decodes < 250_000  # of twice as many
    until(lambda: not running.server._uvicorn.server_state.connections)
    line.close()


def test_a_complete_answer_that_nobody_reads_is_not_kept(serve: Serve) -> None:
    session = FakeSession(context=1_000_000)
    running = serve(session, write_timeout=0.5)
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect(running.address)
    line.sendall(request(max_tokens=3_000, logprobs=5))
    until(lambda: session.decodes == 2_999)
    until(lambda: not running.server._uvicorn.server_state.connections)
    line.close()


def test_a_client_that_reads_none_of_many_answers_is_cut(serve: Serve) -> None:
    running = serve(FakeSession(), write_timeout=0.5)
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect(running.address)
    line.settimeout(0.2)
    with suppress(TimeoutError):  # it takes no more requests once answers are stuck
        line.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2000)
    connections = running.server._uvicorn.server_state.connections
    until(lambda: running.served)
    assert connections
    until(lambda: not connections)
    line.close()


def test_a_client_that_never_reads_keeps_the_device_from_nobody(serve: Serve) -> None:
    session = FakeSession(context=10_000)
    running = serve(session, write_timeout=30)
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect(running.address)
    line.sendall(request(max_tokens=4_000, stream=True))
    until(lambda: session.decodes > 10)
    assert running.post(json=body("a", max_tokens=1)).status_code == 200
    assert session.decodes == 3_999
    line.close()


def test_a_slow_reader_gets_everything(serve: Serve) -> None:
    running = serve(FakeSession(context=10_000))
    text = ""
    asked = body("a", max_tokens=300, stream=True)
    client = httpx.Client(verify=False)
    with client, client.stream("POST", running.url + "/completions", json=asked) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: {"):
                text += json.loads(line.removeprefix("data: "))["choices"][0]["text"]
                time.sleep(0.001)
    assert text == expected("a", 300)


def soak(serve: Serve, requests: int) -> list[int]:
    """Requests of which many are left at a random moment. Resident bytes in the second half."""
    import random

    from edgesdk.serving.metrics import resident_bytes

    random.seed(5)
    session = FakeSession(context=4096, delay=0.0002)
    running = serve(session)
    marks = []
    for number in range(requests):
        line = socket.create_connection(running.address, timeout=10)
        stream = random.random() < 0.7
        line.sendall(request(max_tokens=random.randint(1, 60), stream=stream))
        if random.random() < 0.6:
            line.settimeout(random.random() * 0.02)
        try:
            while b"[DONE]" not in (part := line.recv(4096)) and part and stream:
                pass
        except TimeoutError:
            pass
        line.close()
        if number >= requests // 2:
            marks.append(resident_bytes() or 0)
    until(lambda: idle(running))
    until(lambda: not running.server._uvicorn.server_state.tasks)
    return marks


def test_a_hundred_requests_with_random_disconnects(serve: Serve) -> None:
    marks = soak(serve, 100)
    assert max(marks) - min(marks) < 8 * 2**20


@pytest.mark.long
def test_a_thousand_requests_with_random_disconnects_hold_memory_flat(serve: Serve) -> None:
    marks = soak(serve, 1000)
    assert max(marks) - min(marks) < 4 * 2**20
