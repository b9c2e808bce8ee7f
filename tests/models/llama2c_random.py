"""A small random decoder in llama2.c's v0 layout: header of seven int32, then float32 tensors."""

from __future__ import annotations

import numpy as np

HIDDEN, INTERMEDIATE, LAYERS, HEADS, KV_HEADS, VOCABULARY, CONTEXT = 32, 48, 2, 4, 2, 64, 64


def random_llama2c(seed: int) -> bytes:
    """The file; two seeds give models that continue the same tokens differently."""
    random = np.random.default_rng(seed)
    kv = HIDDEN // HEADS * KV_HEADS
    shapes = [
        (VOCABULARY, HIDDEN),
        (LAYERS, HIDDEN),  # attention norms
        (LAYERS, HIDDEN, HIDDEN),
        (LAYERS, kv, HIDDEN),
        (LAYERS, kv, HIDDEN),
        (LAYERS, HIDDEN, HIDDEN),
        (LAYERS, HIDDEN),  # ffn norms
        (LAYERS, INTERMEDIATE, HIDDEN),
        (LAYERS, HIDDEN, INTERMEDIATE),
        (LAYERS, INTERMEDIATE, HIDDEN),
        (HIDDEN,),  # final norm
        (CONTEXT, HIDDEN // HEADS // 2),  # RoPE's cosines and sines, which no reader needs
        (CONTEXT, HIDDEN // HEADS // 2),
    ]
    header = [HIDDEN, INTERMEDIATE, LAYERS, HEADS, KV_HEADS, VOCABULARY, CONTEXT]
    numbers = [random.normal(0, shape[-1] ** -0.5, shape).astype("<f4") for shape in shapes]
    return b"".join(part.tobytes() for part in [np.array(header, "<i4"), *numbers])
