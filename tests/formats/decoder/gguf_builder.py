"""Small GGUF files by gguf-py, which nobody here wrote."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type

CONFIG = {
    "vocabulary": 96,
    "hidden": 256,
    "intermediate": 512,
    "layers": 2,
    "heads": 4,
    "kv_heads": 2,
    "context": 128,
}


def ternary_weights(rng: np.random.Generator, shape: tuple[int, int], scale: float) -> Any:
    """float32 [out, in] of -scale, 0 and scale; about a third of each."""
    return (rng.integers(-1, 2, shape) * np.float32(scale)).astype(np.float32)


def tensors(arch: str, seed: int = 0) -> dict[str, Any]:
    """Every tensor of a model of ``CONFIG``, as float32; scales are exact in float16."""
    rng = np.random.default_rng(seed)
    c = CONFIG
    hidden, keys = c["hidden"], c["kv_heads"] * c["hidden"] // c["heads"]
    found = {
        "token_embd.weight": rng.normal(0, 1, (c["vocabulary"], hidden)).astype(np.float32),
        "output_norm.weight": rng.uniform(0.5, 1.5, hidden).astype(np.float32),
    }
    shapes = {
        "attn_q": (hidden, hidden),
        "attn_k": (keys, hidden),
        "attn_v": (keys, hidden),
        "attn_output": (hidden, hidden),
        "ffn_gate": (c["intermediate"], hidden),
        "ffn_up": (c["intermediate"], hidden),
        "ffn_down": (hidden, c["intermediate"]),
    }
    norms = {"attn_norm": hidden, "ffn_norm": hidden}
    if arch != "llama":
        norms |= {"attn_sub_norm": hidden, "ffn_sub_norm": c["intermediate"]}
    for layer in range(c["layers"]):
        for index, (name, shape) in enumerate(shapes.items()):
            found[f"blk.{layer}.{name}.weight"] = ternary_weights(rng, shape, 2.0 ** -(index + 1))
        for name, size in norms.items():
            weights = rng.uniform(0.5, 1.5, size).astype(np.float32)
            found[f"blk.{layer}.{name}.weight"] = weights
    return found


def write(
    path: Path,
    arch: str,
    content: Mapping[str, Any],
    kind: Type = Type.TQ2_0,
    more: Callable[[gguf.GGUFWriter], None] | None = None,
) -> Path:
    """Write a model; its layers' matrices as ``kind``, its embedding as F16."""
    writer = gguf.GGUFWriter(path, arch)
    c = CONFIG
    writer.add_context_length(c["context"])
    writer.add_embedding_length(c["hidden"])
    writer.add_block_count(c["layers"])
    writer.add_feed_forward_length(c["intermediate"])
    writer.add_head_count(c["heads"])
    writer.add_head_count_kv(c["kv_heads"])
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10_000.0)
    if more:
        more(writer)
    for name, values in content.items():
        if values.dtype == np.uint8:
            continue
        matrix = name.startswith("blk.") and values.ndim == 2
        if matrix and kind != Type.F32:
            packed = gguf.quants.quantize(values, kind)
            writer.add_tensor(name, packed, raw_dtype=kind)
        else:
            half = name == "token_embd.weight"
            writer.add_tensor(name, values.astype(np.float16) if half else values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
