"""What can be wrong with the folder that an agent keeps on the board, as errors of edgesdk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import DeviceUnavailable, DoesNotFit, LinkFailed
from ..full_disk import is_full


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an ``OSError`` about the spool into an ``EdgeError``."""
    try:
        yield
    except OSError as error:
        evidence = f"{path}: {error.strerror or error}"
        if is_full(error):
            raise _full(evidence) from error
        raise unusable(evidence) from error


def unusable(evidence: str) -> DeviceUnavailable:
    """The agent's folder cannot be used at all."""
    return DeviceUnavailable(
        "The board's agent cannot use its own folder there",
        evidence=evidence,
        next_step="Make it writable there, or name another one in EDGESDK_STATE",
        code=81,
    )


def lacks(folder: Path, needed: int, available: int) -> DoesNotFit:
    """The disk has no room for something that is to come."""
    return _full(f"{folder}: needs {needed:,} bytes, {available:,} can be had")


def _full(evidence: str) -> DoesNotFit:
    return DoesNotFit(
        "The board's disk is full: it cannot keep what it is sent",
        evidence=evidence,
        next_step="The model that runs stays. Free some space there and try again; what has come "
        "is kept for that",
        code=52,
    )


def too_large(size: int, most: int) -> DoesNotFit:
    """Something is beyond what an agent takes or gives at once."""
    return _too_much(f"{size:,} bytes where at most {most:,} may be")


def too_many_sessions(most: int) -> DoesNotFit:
    """All sessions that an agent holds at once are open."""
    return _too_much(f"{most} sessions are open", "Close some of them")


def no_memory() -> DoesNotFit:
    """The board's memory has ended."""
    return _too_much("the board has not enough memory for it")


def no_frame(evidence: str) -> DoesNotFit:
    """An answer that no frame takes."""
    return _too_much(f"the answer: {evidence}")


def _too_much(
    evidence: str, next_step: str = "Do it in smaller pieces, or on the board itself"
) -> DoesNotFit:
    return DoesNotFit(
        "That is more than the board's agent can hold",
        evidence=evidence,
        next_step=next_step,
        code=53,
    )


def unlike(sha256: str, size: int) -> LinkFailed:
    """All bytes of a content have come, and they are not its own."""
    return LinkFailed(
        "What came over the link is not what was sent",
        evidence=f"{size:,} bytes that should have the SHA-256 {sha256[:16]}… have another one",
        next_step="They were dropped on the board: try again",
        code=52,
    )
