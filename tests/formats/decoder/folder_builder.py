"""Small Hugging Face folders, written with the safetensors package, and files written by hand."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

SIZES = {
    "vocab_size": 48,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "rms_norm_eps": 1e-5,
}
BITNET = {
    **SIZES,
    "architectures": ["BitNetForCausalLM"],
    "model_type": "bitnet",
    "hidden_act": "relu2",
    "rope_theta": 500000.0,
    "tie_word_embeddings": True,
    "eos_token_id": 47,
}
LLAMA = {
    **SIZES,
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_act": "silu",
    "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
    "tie_word_embeddings": False,
    "eos_token_id": [2, 3],
}
AUTO = {"quant_method": "bitnet", "linear_class": "autobitlinear", "quantization_mode": "offline"}
PLAIN = {"quant_method": "bitnet", "modules_to_not_convert": None}
LINEAR = {
    "self_attn.q_proj": (64, 64),
    "self_attn.k_proj": (32, 64),
    "self_attn.v_proj": (32, 64),
    "self_attn.o_proj": (64, 64),
    "mlp.gate_proj": (96, 64),
    "mlp.up_proj": (96, 64),
    "mlp.down_proj": (64, 96),
}
SUB_NORMS = {"self_attn.attn_sub_norm": 64, "mlp.ffn_sub_norm": 96}
OLD_SUB_NORMS = {"self_attn.inner_attn_ln": 64, "mlp.ffn_layernorm": 96}


def tensors(
    *, sub_norms: Mapping[str, int] | None = None, packed: bool = False, head: bool = False
) -> dict[str, Any]:
    """Every tensor of a folder: float masters, or packed codes with a scale of 0.5."""
    rng = np.random.default_rng(1)
    found: dict[str, Any] = {
        "model.embed_tokens.weight": rng.normal(0, 1, (48, 64)).astype(np.float16),
        "model.norm.weight": rng.uniform(0.5, 1.5, 64).astype(np.float32),
    }
    if head:
        found["lm_head.weight"] = rng.normal(0, 1, (48, 64)).astype(np.float16)
    norms = {"input_layernorm": 64, "post_attention_layernorm": 64, **(sub_norms or {})}
    for layer in range(2):
        before = f"model.layers.{layer}."
        for name, size in norms.items():
            weights = rng.uniform(0.5, 1.5, size).astype(np.float32)
            found[f"{before}{name}.weight"] = weights
        for name, (rows, columns) in LINEAR.items():
            if packed:
                bits = rng.integers(0, 3, (4, rows // 4, columns))
                bytes_ = sum(bits[i] << 2 * i for i in range(4)).astype(np.uint8)
                found[f"{before}{name}.weight"] = bytes_
                found[f"{before}{name}.weight_scale"] = np.array([0.5], np.float32)
            else:
                weights = rng.normal(0, 0.02, (rows, columns)).astype(np.float32)
                found[f"{before}{name}.weight"] = weights
    return found


def write(folder: Path, config: Mapping[str, Any], content: Mapping[str, Any]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    save_file(dict(content), folder / "model.safetensors")
    return folder


def raw_safetensors(header: Any, data: bytes, length: int | None = None) -> bytes:
    """A file with any header: an object, or bytes."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tokenizer(size: int = 48) -> bytes:
    """A ``tokenizer.json`` of byte-level BPE with 44 letters, one merge and three added tokens."""
    letters = [chr(33 + i) for i in range(size - 4)]
    vocabulary = {letter: i for i, letter in enumerate([*letters, "AB"])}
    added = [
        {
            "id": size - 3 + i,
            "content": text,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
        for i, text in enumerate(("<s>", "</s>", "<|eot_id|>"))
    ]
    model = {"type": "BPE", "vocab": vocabulary, "merges": ["A B"]}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
    byte_level["trim_offsets"] = True
    start = {"SpecialToken": {"id": "<s>", "type_id": 0}}
    processor = {
        "type": "TemplateProcessing",
        "single": [start, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [],
        "special_tokens": {"<s>": {"id": "<s>", "ids": [size - 3], "tokens": ["<s>"]}},
    }
    document = {
        "version": "1.0",
        "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": byte_level,
        "post_processor": processor,
        "decoder": byte_level,
        "model": model,
    }
    return json.dumps(document).encode()
