"""``edgesdk serve``: an OpenAI-compatible server for a decoder on any device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import click

from ..decoder.generation_model import as_decoder, tokenizer_of
from ..errors import InternalFault, Interrupted, MissingExtra
from .opening import connect, opened
from .options import FILE, common, device, events
from .output import Output
from .serve_access import allowed_hosts, is_local, read_keys
from .suggestions import models
from .termination import termination

if TYPE_CHECKING:
    from ..serving.generating import Model
    from ..serving.server import Server
    from ..serving.service import Served

_MIB = 1024 * 1024
_TICK = 0.2  # s, between two looks at whether to stop


@click.command()
@click.argument("model", metavar="NAME_OR_BUNDLE", shell_complete=models)
@device
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="The port; 0 for any free one.",
)
@click.option("--name", metavar="NAME", help="What requests call the model. Default: its name.")
@click.option(
    "--api-key",
    metavar="KEY",
    help="Requests must bring this key. Other users see it in the list of processes: better "
    "--api-key-file, or the environment's EDGESDK_SERVE_API_KEY.",
)
@click.option("--api-key-file", type=FILE, metavar="FILE", help="Keys, one a line.")
@click.option(
    "--queue",
    type=click.IntRange(0, 10_000),
    default=32,
    show_default=True,
    metavar="N",
    help="Requests that may wait; one more is told to come again (429).",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0.1, 86_400),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="For one request, waiting included. Before its first token it then fails (504), after it "
    "the text ends where it is, with the reason length.",
)
@click.option(
    "--max-body",
    type=click.IntRange(1024, 64 * _MIB),
    default=_MIB,
    show_default=True,
    metavar="BYTES",
    help="Largest body of a request.",
)
@click.option(
    "--max-tokens",
    type=click.IntRange(1),
    metavar="N",
    help="Most tokens of one answer. Default: what the context has room for.",
)
@click.option(
    "--grace",
    type=click.FloatRange(0, 3600),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="On Ctrl-C or SIGTERM the request at work has so long to end.",
)
@click.option(
    "--allow-host",
    "allowed",
    multiple=True,
    metavar="NAME",
    help="Another name in the Host header, beside those of this machine. For a server behind a "
    "proxy.",
)
@click.option(
    "--cors-origin",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="A web page's origin (https://example.org) whose scripts may use this server. Default: "
    "none may.",
)
@events
@common
@click.pass_obj
def command(
    out: Output,
    *,
    model: str,
    device: str | None,
    host: str,
    port: int,
    name: str | None,
    api_key: str | None,
    api_key_file: Path | None,
    queue: int,
    timeout: float,
    max_body: int,
    max_tokens: int | None,
    grace: float,
    allowed: tuple[str, ...],
    origins: tuple[str, ...],
) -> None:
    """Serve a decoder over HTTP, as OpenAI's interface has it.

    Until Ctrl-C or SIGTERM. Paths: /v1/models, /v1/completions, /v1/chat/completions, /health,
    /metrics (Prometheus). One request is worked on at a time; the others wait their turn.

    Only this machine can connect, unless --host says otherwise. Then use a key, and a proxy that
    speaks TLS.
    """
    _require()
    from ..serving.server import Server, listen
    from ..serving.settings import Settings

    keys = read_keys(api_key, api_key_file)
    local = is_local(host)
    if not local and not keys:
        out.say(f"warning: anybody who can reach {host}:{port} can use the model: give --api-key")
    settings = Settings(
        name=name or _name_of(model),
        queue=queue,
        timeout=timeout,
        max_body=max_body,
        max_tokens=max_tokens,
        keys=keys,
        hosts=allowed_hosts(host, allowed),
        origins=origins,
    )
    served: SimpleQueue[Served] = SimpleQueue()
    server = Server(listen(host, port), settings, lambda: _open(out, model, device), served.put)
    try:
        _serve(out, server, served, grace)
    except KeyboardInterrupt:
        raise Interrupted("The server was stopped", code=4) from None


def _serve(out: Output, server: Server, served: SimpleQueue[Served], grace: float) -> None:
    """From start to stop: Ctrl-C is an interruption, SIGTERM a proper end."""
    left = grace
    with termination(interrupts=False) as ended:
        try:
            server.start()
            while not server.wait_open(_TICK):
                if ended.is_set():
                    return
            _announce(out, server)
            while not ended.is_set():
                _tell(out, served)
                if not server.running:
                    raise InternalFault("The server's network thread has ended")
        except KeyboardInterrupt:
            if server.service.answers:
                out.note("finishing the request at work; Ctrl-C again cuts it")
            raise
        except BaseException:
            left = 0.0
            raise
        finally:
            _stop(server, left)
            _drain(out, served)
    if out.events:
        out.result("", url=server.url, model=server.service.settings.name)


def _announce(out: Output, server: Server) -> None:
    fields = {"url": server.url, "model": server.service.settings.name}
    out.event("ready", **fields)
    if not out.events:
        out.result(server.url, **fields)


def _tell(out: Output, served: SimpleQueue[Served]) -> None:
    """Show the next request that was served, or return after a while."""
    with suppress(Empty):
        one = served.get(timeout=_TICK)
        out.event("request", **asdict(one))
        poll = one.path in ("/health", "/metrics") and one.status == 200
        if not out.quiet and not out.events and not poll:
            tokens = f", {one.prompt} + {one.written} tokens" if one.prompt else ""
            left = ", not to its end" if one.left else ""
            fault = f", fault: {one.fault}" if one.fault else ""
            more = f"{tokens}{left}{fault}"
            out.say(f"{one.method} {one.path} {one.status} {one.seconds:.2f} s{more}")


def _stop(server: Server, grace: float) -> None:
    try:
        server.stop(grace)
    except KeyboardInterrupt:  # a second Ctrl-C
        server.stop(0)


def _drain(out: Output, served: SimpleQueue[Served]) -> None:
    while not served.empty():
        _tell(out, served)


@contextmanager
def _open(out: Output, model: str, device: str | None) -> Iterator[Model]:
    from ..serving.generating import Model

    with connect(out, device) as connected, opened(model, connected) as (_, session):
        decoder = as_decoder(session)
        yield Model(decoder, tokenizer_of(decoder))


def _name_of(model: str) -> str:
    """An installed model's name, or a bundle's file name without its folder and ending."""
    return Path(model).name.removesuffix(".edge")


def _require() -> None:
    """The libraries of the extra ``serve``."""
    for library in ("starlette", "uvicorn"):
        try:
            __import__(library)
        except ImportError:
            raise MissingExtra(library, "serve") from None
