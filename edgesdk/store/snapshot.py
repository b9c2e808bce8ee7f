"""Reading a model while deploys go on, without a lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from ..errors import DeviceUnavailable
from .problems import damaged_state, explained
from .reading import opened, read_at_most
from .state import LARGEST, State

_TRIES = 20  # a lost one means that a deploy replaced the state in the time that one look took

T = TypeVar("T")


def read_state(path: Path) -> State:
    """The state in a file; an empty one where there is no file.

    Raises ``VerificationMismatch`` (EDGE-0751) when it is damaged.
    """
    return consistently(path, lambda state: state)


def consistently(path: Path, look: Callable[[State], T]) -> T:
    """What ``look`` makes of the files that a state names, none of them replaced meanwhile.

    A state file is never rewritten, only replaced by a new file. While the old one is held open
    its inode number cannot pass to another: the same number under the name means no change.
    """
    for _ in range(_TRIES):
        with _held(path) as handle:
            try:
                result = look(_decoded(path, handle))
            except Exception:
                if _unchanged(path, handle):
                    raise
            else:
                if _unchanged(path, handle):
                    return result
    raise DeviceUnavailable(
        "The model was replaced again and again while it was being read",
        evidence=f"{path} changed {_TRIES} times",
        next_step="Try again when the deploys are over",
        code=55,
    )


@contextmanager
def _held(path: Path) -> Iterator[int | None]:
    """A descriptor of the state file for as long as the block runs; None where there is none."""
    with ExitStack() as stack:
        handle = None
        with explained(path), suppress(FileNotFoundError):
            handle = stack.enter_context(opened(path))
        yield handle


def _decoded(path: Path, handle: int | None) -> State:
    if handle is None:
        return State()
    with explained(path):
        data = read_at_most(handle, LARGEST)
    try:
        return State.decode(data)
    except ValueError as error:
        raise damaged_state(path, str(error)) from None


def _unchanged(path: Path, handle: int | None) -> bool:
    try:
        now = path.lstat()
    except OSError:  # gone, or no longer ours to see
        return handle is None
    return handle is not None and os.path.samestat(now, os.fstat(handle))
