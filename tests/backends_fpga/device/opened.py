"""Models packed and opened on an emulated accelerator of their own."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk.decoder.session import DecoderSession
from edgesdk.decoder.weights import DecoderModel
from edgesdk_backends.fpga.driver.accelerator import Accelerator
from edgesdk_backends.fpga.driver.patience import NATIVE
from edgesdk_backends.fpga.emulator.engines import open_engine
from edgesdk_backends.fpga.emulator.faults import Faults
from edgesdk_backends.fpga.emulator.hal import EmulatedHal
from edgesdk_backends.fpga.opening import open_content
from edgesdk_backends.fpga.options import OpenOptions
from edgesdk_backends.fpga.session import FpgaSession
from edgesdk_backends.fpga.weights.writer import write_model

MEMORY = 64 << 20


def packed(model: DecoderModel) -> bytes:
    file = io.BytesIO()
    write_model(model, file, model.config.context)
    return file.getvalue()


def opened(
    content: bytes,
    engine: str = NATIVE,
    *,
    memory: int = MEMORY,
    faults: Faults | None = None,
    continuation: int = 8,
    **options: Any,
) -> FpgaSession:
    opening = OpenOptions(**options)
    hal = EmulatedHal(open_engine(engine), memory, faults or Faults())
    return open_content(
        content,
        lambda: Accelerator(hal, None, engine, opening.deadline),
        opening,
        None,
        continuation,
    )


def greedy(session: DecoderSession, prompt: Sequence[int], count: int) -> list[int]:
    """The tokens that follow, each the likeliest."""
    session.rewind(0)
    logits, found = session.prefill(prompt), []
    for _ in range(count):
        found.append(int(logits.argmax()))
        logits = session.decode(found[-1])
    return found


def drawn(count: int, vocabulary: int = 96, seed: int = 3) -> NDArray[np.int32]:
    return np.random.default_rng(seed).integers(0, vocabulary, count, dtype=np.int32)
