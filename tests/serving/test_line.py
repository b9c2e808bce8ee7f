"""Those whose prompts are still to be read: how many wait, how long, and for whom."""

from __future__ import annotations

import json
import socket
import time

from tests.waiting import until

from .fakes import FakeSession
from .running import Running, Serve, body
from .test_limits import error


def slow_to_read(running: Running) -> list[str]:
    """Half a second is needed for a text that begins with an exclamation mark; those begun."""
    begun: list[str] = []
    tokenizer = running.server.service.worker.check().tokenizer
    encode = tokenizer.encode

    def slow(text: str) -> list[int]:
        begun.append(text)
        time.sleep(0.5 if text.startswith("!") else 0)
        return encode(text)

    tokenizer.encode = slow  # type: ignore[method-assign]
    return begun


def begin(running: Running, prompt: str) -> socket.socket:
    """A request whose answer nobody has read yet."""
    content = json.dumps(body(prompt, max_tokens=1)).encode()
    line = socket.create_connection(running.address, timeout=10)
    line.sendall(
        b"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(content), content)
    )
    return line


def test_prompts_of_those_who_left_are_not_read(serve: Serve) -> None:
    running = serve(FakeSession())
    begun = slow_to_read(running)
    for number in range(9):
        begin(running, f"!{number}").close()
    assert running.post(json=body("a", max_tokens=1)).status_code == 200
    assert len(begun) <= 3  # the one at work, perhaps another, and ours


def test_as_many_prompts_wait_to_be_read_as_may_wait(serve: Serve) -> None:
    running = serve(FakeSession(), queue=1)
    begun = slow_to_read(running)
    lines = [begin(running, f"!{number}") for number in range(2)]
    try:
        until(lambda: len(begun) == 1)
        assert error(running.post(json=body("!late"))) == (429, "queue_full")
    finally:
        for line in lines:
            line.close()


def test_waiting_for_another_prompt_to_be_read_takes_time_too(serve: Serve) -> None:
    running = serve(FakeSession(), timeout=0.2)
    begun = slow_to_read(running)
    with begin(running, "!first"):
        until(lambda: len(begun) == 1)
        assert error(running.post(json=body("second"))) == (504, "timeout")
    assert begun == ["!first"]
