"""One request: its answer, or the error that its host is to raise."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ..errors import EdgeError, InternalFault
from .blobs import pieces
from .board import Board
from .board_errors import no_memory, too_large
from .call import Answer, Call, senseless
from .errors_on_wire import error_to_plain
from .frames import LARGEST
from .inbox import Inbox
from .messages import MOST_BLOBS, MOST_COUNT, Event, Failure, Request, Result
from .outgoing import Outgoing
from .plain import Wrong, from_plain
from .table import CALLS


def answer(board: Board, inbox: Inbox, out: Outgoing, request: Request, blobs: list[bytes]) -> None:
    """Do what a request asks for, and send what comes of it.

    Lets ``KeyboardInterrupt`` through, and raises one where nobody reads any more.
    """

    def tell(event: Mapping[str, Any]) -> None:
        out.send(Event(request.id, event))

    call = Call(blobs, tell, lambda: inbox.is_cancelled(request.id))
    try:
        found = _checked(_called(board, request, call))
    except EdgeError as error:
        _fail(inbox, out, request.id, error)
    except MemoryError:  # it tells nothing of a model on trial, as a fault would
        _fail(inbox, out, request.id, no_memory())
    except (Exception, SystemExit) as error:
        _fail(inbox, out, request.id, _fault(request, error))
    else:
        _give(inbox, out, request.id, found)


def _called(board: Board, request: Request, call: Call) -> Answer:
    entry = CALLS.get(request.call)
    if entry is None:
        raise senseless(f"there is no call {request.call!r:.40}", f"of {len(CALLS)} that it knows")
    kind, function = entry
    try:
        return function(board, call, from_plain(kind, request.arguments))
    except Wrong as error:
        raise senseless(f"{request.call} with such arguments", str(error)) from None


def _checked(found: Answer) -> Answer:
    size, count = sum(len(memoryview(b).cast("B")) for b in found.blobs), len(found.blobs)
    if size > MOST_BLOBS:
        raise too_large(size, MOST_BLOBS)
    if count > MOST_COUNT:
        raise too_large(count, MOST_COUNT)
    return found


def _give(inbox: Inbox, out: Outgoing, id: int, found: Answer) -> None:
    sizes = tuple(memoryview(blob).nbytes for blob in found.blobs)
    inbox.answered(id)
    try:
        out.send(Result(id, found.value, sizes))
    except EdgeError:  # more than a frame takes; nothing of it went
        out.send(Failure(id, error_to_plain(too_large(LARGEST + 1, LARGEST))))
        return
    for piece in pieces(id, found.blobs):
        out.send(piece)


def _fail(inbox: Inbox, out: Outgoing, id: int, error: EdgeError) -> None:
    inbox.answered(id)
    out.send(Failure(id, error_to_plain(error)))


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
