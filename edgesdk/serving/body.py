"""A request's body: counted while it arrives, read strictly."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.requests import Request

from .problems import ApiError, refused

_LONGEST_NUMBER = 300  # digits: what a float holds


async def read_body(request: Request, largest: int, timeout: float) -> bytes:
    """The body of a request. Raises ``ApiError`` 408, 413, 415, and ``ClientDisconnect``."""
    _check_headers(request, largest)
    try:
        return await asyncio.wait_for(_collect(request, largest), timeout)
    except asyncio.TimeoutError:
        message = f"The body did not arrive within {timeout:g} s"
        raise ApiError(408, message, reason="timeout", headers={"Connection": "close"}) from None


def _check_headers(request: Request, largest: int) -> None:
    """JSON and nothing else: a web page of another site cannot send that without being asked."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ApiError(
            415, "Content-Type must be application/json", reason="unsupported_media_type"
        )
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ApiError(415, "Compressed bodies are not taken", reason="unsupported_encoding")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > largest:
        raise _too_large(largest)


async def _collect(request: Request, largest: int) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > largest:
            raise _too_large(largest)
    return bytes(content)


def _too_large(largest: int) -> ApiError:
    return ApiError(413, f"The body is larger than {largest} bytes", reason="body_too_large")


def parse(content: bytes) -> Any:
    """JSON as the standard has it: UTF-8, no NaN, no name twice. Raises ``ApiError`` 400."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        message = f"The body is not UTF-8: byte {error.start}"
        raise refused(message, reason="invalid_json") from None
    try:
        return json.loads(
            text,
            parse_constant=_no_constant,
            parse_int=_whole,
            object_pairs_hook=_no_repeats,
        )
    except RecursionError:
        raise refused("The body is nested too deeply", reason="invalid_json") from None
    except ValueError as error:
        raise refused(f"The body is not JSON: {error}", reason="invalid_json") from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _whole(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError("a number is too long")
    return int(digits)


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice in one object")
    return found
