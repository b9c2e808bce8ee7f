"""From a job's events to bytes on the wire, in one piece or as a stream."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress

from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

from .job import Ended, Event, Finished, Job, Text
from .mailbox import Closed
from .problems import ApiError, out_of_time
from .shapes import DONE, Shape, Written, sse

_STREAM = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),  # nginx, if it stands in between, is not to wait for more
]


@asynccontextmanager
async def watching(receive: Receive, leave: Callable[[], None]) -> AsyncIterator[None]:
    """Call ``leave`` when the client hangs up."""

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        leave()

    watcher = asyncio.create_task(watch())
    try:
        yield
    finally:
        watcher.cancel()
        with suppress(asyncio.CancelledError):
            await watcher


def bounded(send: Send, timeout: float, abort: Callable[[], None]) -> Send:
    """A ``send`` that calls ``abort`` when a client takes nothing for so long."""

    async def sent(message: Message) -> None:
        try:
            await asyncio.wait_for(send(message), timeout)
        except asyncio.TimeoutError:
            abort()
            raise Closed from None

    return sent


async def whole(job: Job, shape: Shape, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer in one piece. Raises ``ApiError``, and ``Closed`` when the client is gone."""
    texts = [Written() for _ in range(len(job.prompts) * job.wanted.choices)]
    async for events in _events(job):
        for event in events:
            _add(texts, event)
    await JSONResponse(shape.whole(texts, job.usage))(scope, receive, send)


def _add(texts: Sequence[Written], event: Event) -> None:
    if isinstance(event, Text):
        texts[event.choice].text.append(event.text)
        texts[event.choice].told += event.told
    elif isinstance(event, Finished):
        texts[event.choice].reason = event.reason


async def stream(job: Job, shape: Shape, send: Send) -> None:
    """Answer in server-sent events. Raises ``ApiError`` before the first of them, ``Closed``."""
    begun = False
    choices: set[int] = set()
    try:
        async for events in _events(job):
            if not begun:
                await send({"type": "http.response.start", "status": 200, "headers": _STREAM})
                begun = True
            await _send(send, b"".join(_chunks(shape, events, choices)))
        end = sse(shape.usage(job.usage)) if job.wanted.usage else b""
        await _send(send, end + DONE, last=True)
    except ApiError as error:
        if not begun:
            raise
        await _send(send, sse(error.document), last=True)  # and no DONE: it is not complete


async def _send(send: Send, content: bytes, last: bool = False) -> None:
    await send({"type": "http.response.body", "body": content, "more_body": not last})


def _chunks(shape: Shape, events: Iterable[Event], choices: set[int]) -> list[bytes]:
    """The events' chunks; ``choices`` are those of which something was sent already."""
    found = []
    for event in events:
        if isinstance(event, Ended):
            continue
        if event.choice not in choices:
            choices.add(event.choice)
            found.append(shape.opening(event.choice))
        if isinstance(event, Finished):
            found.append(shape.end(event.choice, event.reason))
        elif event.text or event.told:
            found.append(shape.chunk(event.choice, event.text, event.told))
    return [sse(chunk) for chunk in found if chunk is not None]


async def _events(job: Job) -> AsyncIterator[list[Event]]:
    """What comes of a job. Raises ``ApiError`` when it failed, or was not begun in time."""
    left = job.deadline - time.monotonic()
    try:
        events = await asyncio.wait_for(job.mailbox.take(), left)
    except asyncio.TimeoutError:
        raise out_of_time(job.deadline - job.begun) from None
    while not isinstance(events[-1], Ended):
        yield events
        events = await job.mailbox.take()
    if len(events) > 1:
        yield events
    if events[-1].error is not None:
        raise events[-1].error
