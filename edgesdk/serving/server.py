"""The network's thread: a socket, uvicorn on it, and an orderly end."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import threading
import time
from collections.abc import Callable

import uvicorn

from ..errors import DeviceUnavailable, EdgeError, UsageError
from .application import application
from .connection import Connection
from .job import Job
from .metrics import Metrics
from .queue import FairQueue
from .service import Served, Service
from .settings import Settings
from .worker import Open, Worker

_SEND_BUFFER = 64 * 1024  # bytes the system may hold for a client that does not read
_KEEP_ALIVE = 10  # s; longer than the 5 s of common clients, so that it is they who close
_MOMENT = 2.0  # s, for what only has to be passed on
_LOOK = 0.05  # s, between two looks at whether all is answered


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises ``DeviceUnavailable`` for a port in use (EDGE-0530) or not allowed (EDGE-0531), and
    ``UsageError`` for a host that is none of this machine (EDGE-02157).
    """
    listener = None
    try:
        kind, _, _, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(kind, socket.SOCK_STREAM)
        if os.name == "posix":  # elsewhere it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        listener.bind(place)
        listener.listen(128)
        return listener
    except (OSError, ValueError) as error:  # ValueError: a name that DNS cannot have
        if listener is not None:
            listener.close()
        raise _cannot_listen(host, port, error) from None


def _cannot_listen(host: str, port: int, error: Exception) -> EdgeError:
    number = getattr(error, "errno", None)
    if number == errno.EADDRINUSE:
        return DeviceUnavailable(
            f"Port {port} of {host} is in use",
            next_step="Stop the other server, or choose another port with --port (0: any free one)",
            code=30,
        )
    if number == errno.EACCES:
        return DeviceUnavailable(
            f"No permission to listen on port {port}",
            next_step="Choose a port from 1024 on",
            code=31,
        )
    return UsageError(
        f"Cannot listen on {host}",
        evidence=str(getattr(error, "strerror", None) or error),
        next_step="Give an address of this machine: 127.0.0.1 for itself alone, 0.0.0.0 for all",
        code=157,
    )


class Server:
    """Serves one model on a listening socket, from ``start`` to ``stop``."""

    def __init__(
        self,
        listener: socket.socket,
        settings: Settings,
        open: Open,
        on_request: Callable[[Served], None] = lambda served: None,
    ) -> None:
        queue: FairQueue[Job] = FairQueue(settings.queue)
        metrics = Metrics()
        worker = Worker(open, queue, metrics, reopen_after=settings.reopen_after)
        self.service = Service(settings, worker, queue, metrics, on_request)
        self.url = _url(listener)  # what clients call the base URL
        self._listener = listener
        self._uvicorn = uvicorn.Server(_configuration(self.service))
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="network", daemon=True)

    def start(self) -> None:
        """Listen, and begin to open the model."""
        self._thread.start()
        self.service.worker.start()

    @property
    def running(self) -> bool:
        """Whether clients can connect."""
        return self._thread.is_alive()

    def wait_open(self, timeout: float) -> bool:
        """Whether the model is open. Raises what went wrong with its first opening."""
        worker = self.service.worker
        if not worker.opened.wait(timeout):
            return False
        if worker.problem is not None and worker.model is None:
            raise worker.problem
        return True

    def stop(self, grace: float) -> bool:
        """Refuse new requests, let the one at work end within ``grace`` seconds, cut what is left.

        Returns whether nothing had to be cut.
        """
        worker = self.service.worker
        if not self.running:
            self._listener.close()
            return worker.stop(_MOMENT)
        worker.refuse_new()
        self._uvicorn.should_exit = True
        self._wait(grace)
        whole = not self._thread.is_alive()
        ended = worker.stop(_MOMENT)
        self._thread.join(_MOMENT)
        if self._thread.is_alive():
            self._abort()
            self._thread.join(_MOMENT)
        self._listener.close()
        return whole and ended

    def _wait(self, grace: float) -> None:
        """Wait for answers under way; a request that is not whole is given a moment only."""
        end = time.monotonic() + grace
        while self.service.answers and self.running and time.monotonic() < end:
            self._thread.join(_LOOK)
        self._thread.join(max(0.0, min(_MOMENT, end - time.monotonic())))

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._uvicorn.serve(sockets=[self._listener])

    def _abort(self) -> None:
        """Cut every connection."""

        def cut() -> None:
            for connection in list(self._uvicorn.server_state.connections):
                transport = getattr(connection, "transport", None)
                if transport is not None:
                    transport.abort()

        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(cut)


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/v1" if ":" in host else f"http://{host}:{port}/v1"


def _configuration(service: Service) -> uvicorn.Config:
    settings = service.settings
    limits = {
        "idle_timeout": settings.header_timeout + _KEEP_ALIVE,
        "write_timeout": settings.write_timeout,
        "most": settings.connections,
    }
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL + 1)  # the gate answers and tells
    return uvicorn.Config(
        application(service),
        loop="asyncio",
        http=type("LimitedConnection", (Connection,), limits),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE,
    )
