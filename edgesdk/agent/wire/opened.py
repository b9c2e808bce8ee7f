"""What the host is told that a device, or a session that a call opened, may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...tensors import DTYPES, TensorSpec
from .plain import Wrong

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


def checked_specs(specs: Sequence[TensorSpec]) -> Sequence[TensorSpec]:
    """The specs, as their codec read them. Raises ``Wrong`` for a dtype that there is not."""
    for spec in specs:
        if spec.dtype not in DTYPES:
            raise Wrong(f"{spec.name!r:.80} has the dtype {spec.dtype!r:.40}")
    return specs
