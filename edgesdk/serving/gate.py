"""Before every request: who asks, and for which host. After it: counted and told."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import EdgeError
from .endpoints import JOB
from .mailbox import Closed
from .problems import ApiError, internal, of_edge_error, place_of
from .service import Served, Service

OPEN_PATHS = ("/health",)  # which need no key
LOST = 499  # what logs and counters call a client that left before its answer began


class Gate:
    """An ASGI application around the others: everything that they raise becomes an answer."""

    def __init__(self, inner: ASGIApp, service: Service, paths: Iterable[str]) -> None:
        self._inner = inner
        self._service = service
        self._paths = frozenset(paths)
        self._keys = [_digest(key) for key in service.settings.keys]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        scope["app"] = self  # starlette's routes then raise what they would write as plain text
        begun = time.monotonic()
        statuses: list[int] = []

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            await send(message)

        fault = ""
        try:
            await self._answered(scope, receive, counted)
        except (Closed, ClientDisconnect):
            pass  # nobody is there to be answered
        except Exception as error:
            fault = place_of(error)
            if not statuses:
                with suppress(Closed):
                    await _error(internal())(scope, receive, counted)
        finally:
            seconds = time.monotonic() - begun
            self._tell(scope, statuses[0] if statuses else LOST, seconds, fault)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Raises what is a fault of this program, or of nobody."""
        try:
            self._check(scope)
            await self._inner(scope, receive, send)
        except ApiError as error:
            await _error(error)(scope, receive, send)
        except EdgeError as error:
            await _error(of_edge_error(error))(scope, receive, send)
        except HTTPException as error:
            await _error(_of_http(error))(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        hosts = self._service.settings.hosts
        if hosts and host_name(headers.get("host", "")) not in hosts:
            message = "This host name is not served here; see the option --allow-host"
            raise ApiError(403, message, reason="host_not_allowed")
        if self._keys and scope["path"] not in OPEN_PATHS and not self._known(headers):
            raise ApiError(
                401,
                "A valid API key is needed: Authorization: Bearer KEY",
                reason="invalid_api_key",
                headers={"WWW-Authenticate": "Bearer"},
            )

    def _label(self, path: str) -> str:
        """The path as logs and counters have it: one of a few, whatever is asked for."""
        named = "/v1/models" if path.startswith("/v1/models/") else path
        return named if named in self._paths else "other"

    def _known(self, headers: Headers) -> bool:
        """Whether a key is one of ours; the time it takes tells nothing about the keys."""
        scheme, _, key = headers.get("authorization", "").partition(" ")
        given = _digest(key.strip())
        matches = [hmac.compare_digest(given, known) for known in self._keys]
        return any(matches) and scheme.lower() == "bearer"

    def _tell(self, scope: Scope, status: int, seconds: float, fault: str) -> None:
        path = self._label(scope["path"])
        self._service.metrics.request(path, status)
        job = scope.get("extensions", {}).get(JOB)
        served = Served(scope["method"][:16], path, status, seconds, fault=fault)
        if job is not None:
            left = status in (200, LOST) and not job.answered
            served = replace(served, prompt=job.usage.prompt, written=job.usage.written, left=left)
            served = replace(served, fault=fault or job.fault)
        self._service.on_request(served)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()


def host_name(header: str) -> str:
    """The name in a Host header, without its port and in lower case."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].lower().rstrip(".")


def _error(error: ApiError) -> Response:
    return JSONResponse(error.document, error.status, error.headers)


def _of_http(error: HTTPException) -> ApiError:
    """What starlette's routes say: 404 and 405."""
    known = {404: ("No such path", "not_found"), 405: ("Not with this method", "wrong_method")}
    message, code = known.get(error.status_code, (error.detail, "error"))
    return ApiError(error.status_code, message, reason=code, headers=error.headers)
