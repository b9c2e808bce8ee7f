"""Models packed and opened, for the tests of the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk.decoder.weights import DecoderModel
from edgesdk_backends.cpu.decoder.native import ffi, lib
from edgesdk_backends.cpu.decoder.options import FORMS, OpenOptions, PackOptions
from edgesdk_backends.cpu.decoder.packed_reader import PackedDecoder
from edgesdk_backends.cpu.decoder.packed_writer import write_packed
from edgesdk_backends.cpu.decoder.session import NativeDecoderSession

RUNNING = [form for form in FORMS if lib.edge_form_runs(ffi.new("char[]", form.encode()))]


def pack(model: DecoderModel, path: Path, **options: Any) -> Path:
    with path.open("wb") as file:
        write_packed(model, file, PackOptions(**options))
    return path


def opened(path: Path, continuation: int = 8, **options: Any) -> NativeDecoderSession:
    return NativeDecoderSession(
        PackedDecoder(path), OpenOptions(**options), continuation=continuation
    )


def drawn_tokens(count: int, vocabulary: int, seed: int = 7) -> NDArray[np.int32]:
    return np.random.default_rng(seed).integers(0, vocabulary, count, dtype=np.int32)


def all_logits(path: Path, tokens: NDArray[np.int32], **options: Any) -> NDArray[np.float32]:
    with opened(path, **options) as session:
        return session.prefill(tokens, every=True)
