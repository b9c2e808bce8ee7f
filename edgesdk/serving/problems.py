"""What a client is told when a request cannot be served, in the shape of OpenAI's errors."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import EdgeError, MissingExtra, ModelRefused, UsageError

INVALID, SERVER, RATE = "invalid_request_error", "server_error", "rate_limit_error"
_FRAMES = 4  # of a stack that a log tells
RETRY_SECONDS = 5  # what Retry-After asks for


class ApiError(Exception):
    """An answer that is an error. ``param``: the field it is about; ``reason``: its code."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        reason: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param
        self.reason = reason
        self.headers = dict(headers or {})

    @property
    def document(self) -> dict[str, Any]:
        """The body of the answer."""
        return {
            "error": {
                "message": self.message,
                "type": _kind(self.status),
                "param": self.param,
                "code": self.reason,
            }
        }


def _kind(status: int) -> str:
    if status == 429:
        return RATE
    return SERVER if status >= 500 else INVALID


def refused(message: str, param: str | None = None, reason: str | None = None) -> ApiError:
    """The request is wrong: 400."""
    return ApiError(400, message, param=param, reason=reason)


def unavailable(message: str, reason: str) -> ApiError:
    """It could be served another time: 503."""
    return ApiError(503, message, reason=reason, headers={"Retry-After": str(RETRY_SECONDS)})


def queue_full(waiting: int) -> ApiError:
    """As many requests wait as may: 429."""
    return ApiError(
        429,
        f"{waiting} requests are waiting already; try again later",
        reason="queue_full",
        headers={"Retry-After": str(RETRY_SECONDS)},
    )


def out_of_time(seconds: float) -> ApiError:
    """The time of a request was over before its first token: 504."""
    return ApiError(504, f"No answer within {seconds:g} s", reason="timeout")


def of_edge_error(error: EdgeError) -> ApiError:
    """What edgesdk says, with its id as the code: the client's fault, or the device's."""
    text = ". ".join(part.rstrip(".") for part in (error.what, error.evidence) if part)
    if isinstance(error, (MissingExtra, ModelRefused)):  # the fault of who set this up
        return ApiError(500, text, reason=error.id)
    if isinstance(error, UsageError):
        return refused(text, reason=error.id)
    return unavailable(f"The device failed: {text}", error.id)


def internal() -> ApiError:
    """A defect of this program; the client is told no details."""
    return ApiError(500, "The server met a fault of its own", reason="internal_error")


def place_of(error: BaseException) -> str:
    """A defect's kind and where it came up, for a log: its message may hold a client's text."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames)]
    return f"{type(error).__name__} at {', '.join(places)}"
