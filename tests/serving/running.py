"""A server around a decoder that is a table, and clients for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import openai

from edgesdk.decoder.tokenizer import load
from edgesdk.serving.generating import Model
from edgesdk.serving.server import Server, listen
from edgesdk.serving.service import Served
from edgesdk.serving.settings import Settings

from .fakes import FakeSession


@dataclass
class Running:
    """A server on a free port, and the session that it serves."""

    server: Server
    session: FakeSession
    served: list[Served] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def root(self) -> str:
        return self.server.url.removesuffix("/v1")

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.root.removeprefix("http://").rpartition(":")
        return host, int(port)

    @contextmanager
    def client(self, **options: Any) -> Iterator[openai.OpenAI]:
        """The official client, which does not try again by itself."""
        settings = {"api_key": "none", "max_retries": 0, "timeout": 20.0, **options}
        inner = openai.DefaultHttpxClient(verify=False)  # reading certificates takes a while
        with openai.OpenAI(base_url=self.url, http_client=inner, **settings) as client:
            yield client

    def post(self, path: str = "/v1/completions", **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        with httpx.Client(verify=False, timeout=20.0) as client:
            return client.request(method, self.root + path, **options)

    def metrics(self) -> str:
        return self.get("/metrics").text


def body(prompt: str = "x a", **more: Any) -> dict[str, Any]:
    """A small request."""
    return {"model": "table", "prompt": prompt, "temperature": 0, **more}


Serve = Callable[..., Running]


@contextmanager
def opened(session: FakeSession) -> Iterator[Model]:
    """The model of a session, which is closed at the end."""
    assert session.text is not None
    with session:
        yield Model(session, load(session.text))


@contextmanager
def serving(session: FakeSession | None = None, **settings: Any) -> Iterator[Running]:
    """A server around a session, stopped at the end."""
    session = session or FakeSession()
    chosen = Settings(**{"name": "table", "reopen_after": 0.2, **settings})
    served: list[Served] = []
    server = Server(listen("127.0.0.1", 0), chosen, lambda: opened(session), served.append)
    server.start()
    try:
        assert server.wait_open(10)
        yield Running(server, session, served)
    finally:
        server.stop(0)
