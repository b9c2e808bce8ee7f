"""Writing a decoder as a Hugging Face BitNet folder, which transformers loads too."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ...bundle.atomic import replacing
from ...decoder.config import HALVES, RELU2, SILU, DecoderConfig, rope_frequencies
from ...decoder.weights import DecoderWeights, Layer, Ternary, Vocabulary
from ..decoder_checks import check_floats, unsupported
from ..decoder_source import linear_shapes
from .weights import EMBEDDING, FINAL_NORM, HEAD, LINEAR, NORMS, SUB_NORMS, prefix

_ACTIVATIONS = {SILU: "silu", RELU2: "relu2"}
_FLOATS: dict[str, str] = {"F32": "<f4", "F16": "<f2"}
_NORMS = NORMS | {field: names[0] for field, names in SUB_NORMS.items()}
_SIZES = {"F32": 4, "F16": 2, "U8": 1}
_Plan = list[tuple[str, str, tuple[int, ...]]]  # name, dtype, shape


def write_bitnet_folder(
    folder: Path | str,
    config: DecoderConfig,
    weights: DecoderWeights,
    vocabulary: Vocabulary | None = None,
    *,
    embedding: str = "F16",
) -> None:
    """Write ``config.json``, ``model.safetensors`` and the tokenizer's files.

    The linear layers must be ternary; they are packed four to a byte, with the scale that they are
    multiplied with (``autobitlinear``, offline). ``embedding``: F16 or F32, also of the head; the
    norms and scales are F32. One layer is in memory at a time. Raises ``ModelRefused``
    (EDGE-02102) for a decoder that such a folder cannot hold, and as ``replacing`` does.
    """
    _check(config, vocabulary)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / "model.safetensors") as file:
        _write_tensors(file, config, weights, embedding)
    documents = {"config.json": _config(config, vocabulary, embedding)}
    if vocabulary is not None:
        documents |= {
            "generation_config.json": {
                "bos_token_id": vocabulary.beginning,
                "eos_token_id": list(vocabulary.stops),
            },
            "tokenizer_config.json": _settings(vocabulary),
        }
        _write(folder / "tokenizer.json", vocabulary.content)
        if vocabulary.template:
            _write(folder / "chat_template.jinja", vocabulary.template.encode("utf-8"))
    for name, document in documents.items():
        text = json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
        _write(folder / name, text.encode("utf-8"))


def _check(config: DecoderConfig, vocabulary: Vocabulary | None) -> None:
    """Only what the published architecture has can be written in its form."""
    problems = {
        "it has no sub-norms": not config.sub_norms,
        f"RoPE pairs {config.pairing} entries": config.pairing != HALVES,
        "its rows do not part in four": any(r % 4 for r, _ in linear_shapes(config).values()),
        "its positions are scaled": _theta(config) is None,
        "its tokenizer is no tokenizer.json": vocabulary is not None
        and vocabulary.kind != "tokenizer.json",
    }
    for problem, found in problems.items():
        if found:
            raise unsupported(problem, "a BitNet folder cannot hold it")


def _theta(config: DecoderConfig) -> float | None:
    """The base of the angles; None where they are not the powers of one."""
    if config.head_size == 2:
        return 10_000.0 if config.frequencies == (1.0,) else None
    slower = config.frequencies[1]
    theta = slower ** (-config.head_size / 2) if slower > 0 else math.inf
    theta = float(f"{theta:.9g}") if math.isfinite(theta) else 0.0
    if theta <= 0:
        return None
    again = rope_frequencies(config.head_size, theta)
    return theta if np.allclose(again, config.frequencies, rtol=1e-6, atol=0) else None


def _config(c: DecoderConfig, vocabulary: Vocabulary | None, embedding: str) -> dict[str, Any]:
    """``config.json`` with the keys of transformers 4 and 5."""
    theta = _theta(c)
    return {
        "architectures": ["BitNetForCausalLM"],
        "model_type": "bitnet",
        "vocab_size": c.vocabulary,
        "hidden_size": c.hidden,
        "intermediate_size": c.intermediate,
        "num_hidden_layers": c.layers,
        "num_attention_heads": c.heads,
        "num_key_value_heads": c.kv_heads,
        "head_dim": c.head_size,
        "hidden_act": _ACTIVATIONS[c.activation],
        "max_position_embeddings": c.context,
        "rms_norm_eps": c.norm_epsilon,
        "rope_theta": theta,
        "rope_parameters": {"rope_type": "default", "rope_theta": theta},
        "attention_bias": False,
        "tie_word_embeddings": c.tied,
        "bos_token_id": vocabulary.beginning if vocabulary else None,
        "eos_token_id": list(vocabulary.stops) if vocabulary else None,
        "dtype": "float16" if embedding == "F16" else "float32",
        "quantization_config": {
            "quant_method": "bitnet",
            "linear_class": "autobitlinear",
            "quantization_mode": "offline",
        },
    }


def _settings(vocabulary: Vocabulary) -> dict[str, Any]:
    """``tokenizer_config.json``, which names the beginning token by its text."""
    document = json.loads(vocabulary.content)
    texts = {token["id"]: token["content"] for token in document.get("added_tokens") or []}
    first = texts.get(vocabulary.beginning)
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "add_bos_token": first is not None,
        **({"bos_token": first} if first is not None else {}),
    }


def _write_tensors(
    file: BinaryIO, config: DecoderConfig, weights: DecoderWeights, embedding: str
) -> None:
    plan = _plan(config, embedding)
    file.write(_header(plan))
    tensors = _tensors(config, weights)
    for (name, dtype, shape), (given, value) in zip(plan, tensors, strict=True):
        if given != name or value.shape != shape:
            raise ValueError(f"{given} {value.shape} where {name} {shape} belongs")
        with np.errstate(over="ignore"):  # what float16 cannot hold is refused by its name
            stored = np.ascontiguousarray(value, _FLOATS.get(dtype, "u1"))
        file.write((stored if dtype == "U8" else check_floats(stored, name)).data)


def _header(plan: _Plan) -> bytes:
    """Its length, and each tensor's place behind it."""
    entries: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, dtype, shape in plan:
        end = at + math.prod(shape) * _SIZES[dtype]
        entries[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [at, end]}
        at = end
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def _plan(c: DecoderConfig, embedding: str) -> _Plan:
    """Every tensor in the order of the file, wide entries first so that all are aligned."""
    shapes = linear_shapes(c)
    sizes = {"attention_sub_norm": c.heads * c.head_size, "ffn_sub_norm": c.intermediate}
    plan: _Plan = [(FINAL_NORM, "F32", (c.hidden,))]
    for index in range(c.layers):
        for field, name in _NORMS.items():
            plan.append((f"{prefix(index)}{name}.weight", "F32", (sizes.get(field, c.hidden),)))
        plan += [(f"{prefix(index)}{n}.weight_scale", "F32", (1,)) for n in LINEAR.values()]
    tables = [EMBEDDING] if c.tied else [EMBEDDING, HEAD]
    plan += [(name, embedding, (c.vocabulary, c.hidden)) for name in tables]
    for index in range(c.layers):
        for field, name in LINEAR.items():
            rows, columns = shapes[field]
            plan.append((f"{prefix(index)}{name}.weight", "U8", (rows // 4, columns)))
    return plan


def _tensors(c: DecoderConfig, weights: DecoderWeights) -> Iterator[tuple[str, NDArray[Any]]]:
    """The tensors of the plan. Each layer is decoded twice, for its floats and for its codes."""
    yield FINAL_NORM, weights.final_norm()
    for index in range(c.layers):
        layer = weights.layer(index)
        for field, name in _NORMS.items():
            norm = getattr(layer, field)
            if norm is None:
                raise unsupported(f"layer {index} has no {field}", "every layer must have one")
            yield f"{prefix(index)}{name}.weight", norm
        for name, linear in _linear(index, layer):
            yield f"{name}_scale", np.array([linear.scale], np.float32)
    yield EMBEDDING, weights.embedding()
    head = weights.head()
    if head is not None:
        yield HEAD, head
    for index in range(c.layers):
        for name, linear in _linear(index, weights.layer(index)):
            yield name, pack(linear.codes)


def _linear(index: int, layer: Layer) -> Iterator[tuple[str, Ternary]]:
    for field, name in LINEAR.items():
        linear = getattr(layer, field)
        if not isinstance(linear, Ternary):
            raise unsupported(f"layer {index} computes {field} in floats", "it must be ternary")
        yield f"{prefix(index)}{name}.weight", linear


def pack(codes: NDArray[np.int8]) -> NDArray[np.uint8]:
    """Bytes [n, in] of codes [4 n, in]: two bits each, of rows r, r + n, r + 2 n and r + 3 n."""
    parts = (codes + np.int8(1)).astype(np.uint8).reshape(4, -1, codes.shape[1])
    packed: NDArray[np.uint8] = parts[0] | parts[1] << 2 | parts[2] << 4 | parts[3] << 6
    return packed


def _write(path: Path, content: bytes) -> None:
    with replacing(path) as file:
        file.write(content)
