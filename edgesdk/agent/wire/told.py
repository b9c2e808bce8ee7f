"""What the host is told: what a device or an opened session may do, and how a call goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...decoder.generation_pieces import Usage
from ...tensors import TensorSpec

# What a device may do beyond what each one does.
LOG, DOUBTS, FIRMWARE, LISTENING = "log", "doubts", "firmware", "listening"
# What a session may be or do beyond running.
FIGURES, DECODER, TEXT, SENSING = "figures", "decoder", "text", "sensing"


@dataclass(frozen=True)
class OpenedSession:
    """What a call tells of a session that it opened.

    ``abilities``: ``figures`` (see ``Instrumented``); ``decoder`` with ``vocabulary``, ``context``
    and ``position``, and with ``text`` where it has a vocabulary: blobs, its tokenizer and its
    description as in a bundle; ``sensing``: a blob, the description as JSON.
    """

    session: int
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    abilities: tuple[str, ...] = ()
    vocabulary: int = 0
    context: int = 0
    position: int = 0


@dataclass(frozen=True)
class Written:
    """An event of ``write``: a choice, and the usage up to it."""

    token: int
    usage: Usage
    logprob: float | None = None
    top: tuple[tuple[int, float], ...] = ()


def progress(done: int) -> dict[str, Any]:
    """An event of ``stage`` or ``bench``: so many bytes or runs are done."""
    return {"done": done}


def done_of(event: Mapping[str, Any], most: int) -> int | None:
    """How many such an event tells of; None where it tells of none that can be."""
    done = event.get("done")
    return done if type(done) is int and 0 <= done <= most else None
