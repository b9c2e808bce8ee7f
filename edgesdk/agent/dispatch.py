"""One request: its answer, or the error that its host is to raise."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ..errors import EdgeError, InternalFault, LinkFailed
from .board import Board
from .board_errors import no_frame, no_memory, too_large
from .call import Answer, Call, senseless
from .calls.table import CALLS
from .inbox import Inbox
from .outgoing import Outgoing
from .wire.blobs import pieces
from .wire.errors import error_to_plain
from .wire.messages import MOST_BLOBS, MOST_COUNT, Event, Failure, Request, Result, encode
from .wire.plain import Wrong, from_plain


def answer(board: Board, inbox: Inbox, out: Outgoing, request: Request, blobs: list[bytes]) -> None:
    """Do what a request asks for, and send what comes of it.

    Lets ``KeyboardInterrupt`` through, and raises one where nobody reads any more.
    """

    def tell(event: Mapping[str, Any]) -> None:
        out.send(_frame(Event(request.id, event)))

    call = Call(blobs, tell, lambda: inbox.is_cancelled(request.id))
    try:
        found = _called(board, request, call)
        first = _frame(Result(request.id, found.value, _sizes(found)))
    except (Exception, SystemExit) as error:
        failure = Failure(request.id, error_to_plain(_told(request, error)))
        first, found = encode(failure), Answer()
    inbox.answered(request.id)
    out.send(first)
    for piece in pieces(request.id, found.blobs):
        out.send(encode(piece))


def _called(board: Board, request: Request, call: Call) -> Answer:
    entry = CALLS.get(request.call)
    if entry is None:
        raise senseless(f"there is no call {request.call!r:.40}", f"of {len(CALLS)} that it knows")
    kind, function = entry
    try:
        return function(board, call, from_plain(kind, request.arguments))
    except Wrong as error:
        raise senseless(f"{request.call} with such arguments", str(error)) from None


def _frame(message: Event | Result) -> bytes:
    """The frame of something that may be too large for one; then nothing of it went."""
    try:
        return encode(message)
    except LinkFailed as error:
        raise no_frame(error.evidence) from None


def _sizes(found: Answer) -> tuple[int, ...]:
    sizes = tuple(memoryview(blob).nbytes for blob in found.blobs)
    if sum(sizes) > MOST_BLOBS:
        raise too_large(sum(sizes), MOST_BLOBS)
    if len(sizes) > MOST_COUNT:
        raise no_frame(f"{len(sizes):,} blobs where at most {MOST_COUNT:,} may be")
    return sizes


def _told(request: Request, error: BaseException) -> EdgeError:
    if isinstance(error, EdgeError):
        return error
    if isinstance(error, MemoryError):  # it tells nothing of a model on trial, as a fault would
        return no_memory()
    return _fault(request, error)


def _fault(request: Request, error: BaseException) -> EdgeError:
    """What is none of our errors, as one; its trace is for the board's own people."""
    with suppress(OSError):  # nobody may read it
        traceback.print_exception(error, file=sys.stderr)
    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = "".join(f" at {frame.name}, line {frame.lineno}" for frame in last)
    return InternalFault(
        f"The board's agent met a fault of its own in {request.call[:40]}",
        evidence=f"{type(error).__name__}: {error}"[:500] + place,
        next_step="Please report it, with what the agent wrote on the board",
        code=72,
    )
