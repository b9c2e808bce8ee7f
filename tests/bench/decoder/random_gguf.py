"""The same shapes of random weights as GGUF, for llama.cpp: TQ2_0 or TQ1_0 layers, Q6_K head."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type

from tests.bench.decoder.random_packed import THETA, Sizes

BLOCK = 256  # weights of a block of all three types
HALF = np.dtype("<f2").itemsize


def write_gguf(path: Path, sizes: Sizes, kind: Type) -> None:
    """A model without a tokenizer."""
    writer = gguf.GGUFWriter(path, "bitnet")
    _describe(writer, sizes)
    wide, inner = sizes.hidden, sizes.intermediate
    narrow = sizes.kv_heads * sizes.hidden // sizes.heads
    _blocks(writer, "token_embd.weight", sizes.vocabulary, wide, Type.Q6_K)
    _ones(writer, "output_norm.weight", wide)
    for index in range(sizes.layers):
        at = f"blk.{index}."
        for name, size in (("attn", wide), ("attn_sub", wide), ("ffn", wide), ("ffn_sub", inner)):
            _ones(writer, f"{at}{name}_norm.weight", size)
        for name, rows in (("attn_q", wide), ("attn_k", narrow), ("attn_v", narrow)):
            _blocks(writer, f"{at}{name}.weight", rows, wide, kind)
        _blocks(writer, f"{at}attn_output.weight", wide, wide, kind)
        _blocks(writer, f"{at}ffn_gate.weight", inner, wide, kind)
        _blocks(writer, f"{at}ffn_up.weight", inner, wide, kind)
        _blocks(writer, f"{at}ffn_down.weight", wide, inner, kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _describe(writer: gguf.GGUFWriter, sizes: Sizes) -> None:
    writer.add_context_length(sizes.context)
    writer.add_embedding_length(sizes.hidden)
    writer.add_block_count(sizes.layers)
    writer.add_feed_forward_length(sizes.intermediate)
    writer.add_head_count(sizes.heads)
    writer.add_head_count_kv(sizes.kv_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(THETA)
    writer.add_vocab_size(sizes.vocabulary)
    writer.add_tokenizer_model("none")


def _ones(writer: gguf.GGUFWriter, name: str, size: int) -> None:
    writer.add_tensor(name, np.ones(size, np.float32))


def _blocks(writer: gguf.GGUFWriter, name: str, rows: int, depth: int, kind: Type) -> None:
    size = gguf.GGML_QUANT_SIZES[kind][1]
    random = np.random.default_rng(1)
    values = random.integers(0, 243, (rows * depth // BLOCK, size), dtype=np.uint8)
    if kind == Type.TQ2_0:
        codes = random.integers(0, 3, (len(values), size, 4), dtype=np.uint8)
        values = codes[..., 0] | codes[..., 1] << 2 | codes[..., 2] << 4 | codes[..., 3] << 6
    if kind == Type.Q6_K:
        values[:, -18:-2] = 1  # its scales
    scale = np.float16((1.5 / depth) ** 0.5 if kind != Type.Q6_K else 1e-3)
    values[:, -HALF:] = np.frombuffer(scale.tobytes(), np.uint8)
    writer.add_tensor(name, values.reshape(rows, -1), raw_dtype=kind)
