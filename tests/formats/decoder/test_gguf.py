"""Models in GGUF files that gguf-py wrote."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from gguf import GGMLQuantizationType as Type
from gguf import quants

from edgesdk.decoder.config import ADJACENT, HALVES, RELU2, SILU
from edgesdk.decoder.weights import DecoderModel, Dense, Ternary
from edgesdk.errors import ModelRefused
from edgesdk.formats import read_source
from edgesdk.formats.gguf.frame import read_frame
from tests.formats.decoder import gguf_builder as builder

LINEAR = {
    "query": "attn_q",
    "key": "attn_k",
    "value": "attn_v",
    "output": "attn_output",
    "gate": "ffn_gate",
    "up": "ffn_up",
    "down": "ffn_down",
}


def model_of(path: Path) -> DecoderModel:
    model = read_source(path).decoder
    assert model is not None
    return model


def values(linear: Ternary | Dense) -> Any:
    if isinstance(linear, Dense):
        return linear.weights
    return linear.codes.astype(np.float32) * np.float32(linear.scale)


@pytest.mark.parametrize("kind", [Type.TQ1_0, Type.TQ2_0, Type.F32, Type.F16, Type.BF16])
@pytest.mark.parametrize(
    ("arch", "pairing", "activation"),
    [
        ("llama", ADJACENT, SILU),
        ("bitnet", HALVES, SILU),
        ("bitnet-b1.58", HALVES, RELU2),
    ],
)
def test_ternary_weights_in_every_type(
    tmp_path: Path, arch: str, pairing: str, activation: str, kind: Type
) -> None:
    tensors = builder.tensors(arch)
    model = model_of(builder.write(tmp_path / "m.gguf", arch, tensors, kind))
    config = model.config
    assert (config.pairing, config.activation) == (pairing, activation)
    assert config.sub_norms == (arch != "llama")
    assert (config.vocabulary, config.hidden, config.intermediate) == (96, 256, 512)
    assert (config.layers, config.heads, config.kv_heads, config.head_size) == (2, 4, 2, 64)
    assert config.context == 128
    assert config.tied
    assert "note" not in config.provenance
    for index in range(2):
        layer = model.weights.layer(index)
        for field, name in LINEAR.items():
            linear = getattr(layer, field)
            assert isinstance(linear, Ternary)
            assert np.array_equal(values(linear), tensors[f"blk.{index}.{name}.weight"])
        norm = tensors[f"blk.{index}.ffn_norm.weight"]
        assert np.array_equal(layer.ffn_norm, norm)
        if config.sub_norms:
            assert layer.ffn_sub_norm is not None
            norm = tensors[f"blk.{index}.ffn_sub_norm.weight"]
            assert np.array_equal(layer.ffn_sub_norm, norm)
    embedding = model.weights.embedding()
    assert embedding.dtype == np.float16
    assert np.array_equal(embedding, tensors["token_embd.weight"].astype(np.float16))
    assert np.array_equal(model.weights.final_norm(), tensors["output_norm.weight"])


def test_q8_0_keeps_three_values_to_its_own_rounding(tmp_path: Path) -> None:
    tensors = builder.tensors("bitnet")
    model = model_of(builder.write(tmp_path / "m.gguf", "bitnet", tensors, Type.Q8_0))
    gate = model.weights.layer(0).gate
    stored = tensors["blk.0.ffn_gate.weight"]
    again = quants.dequantize(quants.quantize(stored, Type.Q8_0), Type.Q8_0)
    assert isinstance(gate, Ternary)
    assert np.array_equal(values(gate), again)


def test_blocks_of_zeros_do_not_hide_the_one_scale(tmp_path: Path) -> None:
    tensors = builder.tensors("bitnet")
    tensors["blk.1.ffn_up.weight"][3:9] = 0  # their scale in the file is 0
    model = model_of(builder.write(tmp_path / "m.gguf", "bitnet", tensors))
    up = model.weights.layer(1).up
    assert isinstance(up, Ternary)
    assert np.array_equal(values(up), tensors["blk.1.ffn_up.weight"])


@pytest.mark.parametrize("kind", [Type.TQ1_0, Type.TQ2_0])
def test_several_scales_make_a_dense_layer_and_a_note(tmp_path: Path, kind: Type) -> None:
    tensors = builder.tensors("llama")
    tensors["blk.0.attn_k.weight"][5] *= 2
    model = model_of(builder.write(tmp_path / "m.gguf", "llama", tensors, kind))
    key = model.weights.layer(0).key
    assert isinstance(key, Dense)
    assert np.array_equal(key.weights, tensors["blk.0.attn_k.weight"])
    assert model.config.provenance["note"] == "layer 0 computes in floats: key"


def test_floats_that_are_no_ternary_stay_dense(tmp_path: Path) -> None:
    tensors = builder.tensors("llama")
    rng = np.random.default_rng(3)
    for name, value in tensors.items():
        tensors[name] = rng.normal(0, 0.1, value.shape).astype(np.float32)
    model = model_of(builder.write(tmp_path / "m.gguf", "llama", tensors, Type.Q4_0))
    query = model.weights.layer(1).query
    packed = quants.quantize(tensors["blk.1.attn_q.weight"], Type.Q4_0)
    assert isinstance(query, Dense)
    assert np.array_equal(query.weights, quants.dequantize(packed, Type.Q4_0))


def test_a_head_of_its_own_scales_beside_and_divided_angles(tmp_path: Path) -> None:
    tensors = builder.tensors("llama")
    tensors["output.weight"] = tensors["token_embd.weight"] * 2
    tensors["blk.0.attn_q.scale"] = np.array([0.25], np.float32)
    tensors["rope_freqs.weight"] = np.full(32, 4.0, np.float32)
    model = model_of(builder.write(tmp_path / "m.gguf", "llama", tensors))
    head = model.weights.head()
    assert head is not None
    assert np.array_equal(head, tensors["output.weight"])
    query = model.weights.layer(0).query
    assert isinstance(query, Ternary)
    assert query.scale == 0.5 * 0.25
    assert model.config.frequencies[:2] == pytest.approx((0.25, 10_000 ** (-2 / 64) / 4))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("kind", "block", "at"), [(Type.TQ2_0, 66, 64), (Type.Q8_0, 34, 0)])
def test_scales_of_blocks_that_are_no_numbers(
    tmp_path: Path, kind: Type, block: int, at: int, bad: float
) -> None:
    path = builder.write(tmp_path / "m.gguf", "bitnet", builder.tensors("bitnet"), kind)
    begin = read_frame(path).tensors["blk.0.attn_v.weight"].offset + 3 * block + at
    data = bytearray(path.read_bytes())
    data[begin : begin + 2] = np.array([bad], "<f2").tobytes()
    path.write_bytes(data)
    with pytest.raises(ModelRefused, match=r"blk\.0\.attn_v") as caught:
        read_source(path)
    assert caught.value.id == "EDGE-02107"


def add_tensor(name: str, shape: tuple[int, ...]) -> Callable[[dict[str, Any]], None]:
    return lambda tensors: tensors.update({name: np.ones(shape, np.float32)})


@pytest.mark.parametrize(
    ("change", "id_"),
    [
        (add_tensor("blk.0.attn_q.bias", (256,)), "EDGE-02102"),
        (add_tensor("blk.2.attn_norm.weight", (256,)), "EDGE-02102"),
        (add_tensor("output_norm.weight", (128,)), "EDGE-02104"),
        (add_tensor("blk.0.attn_q.scale", (2,)), "EDGE-02104"),
        (add_tensor("rope_freqs.weight", (31,)), "EDGE-02101"),
        (lambda tensors: tensors.pop("blk.1.ffn_norm.weight"), "EDGE-02103"),
        (lambda tensors: tensors.pop("token_embd.weight"), "EDGE-02103"),
        (lambda tensors: tensors["token_embd.weight"].fill(np.nan), "EDGE-02107"),
        (lambda tensors: tensors["blk.0.ffn_up.weight"].fill(0), "EDGE-02105"),
        (lambda tensors: tensors["blk.0.ffn_up.weight"].fill(1), "EDGE-02105"),
    ],
)
def test_tensors_that_are_of_no_such_model(tmp_path: Path, change: Any, id_: str) -> None:
    tensors = builder.tensors("llama")
    change(tensors)
    path = builder.write(tmp_path / "m.gguf", "llama", tensors)
    with pytest.raises(ModelRefused) as caught:
        model_of(path).weights.embedding()
    assert caught.value.id == id_


def rewrite(key: str, value: Any, kind: gguf.GGUFValueType) -> Callable[[gguf.GGUFWriter], None]:
    def more(writer: gguf.GGUFWriter) -> None:
        for table in writer.kv_data:
            table.pop(key, None)
        writer.add_key_value(key, value, kind)

    return more


UINT32, STRING, FLOAT32 = (
    gguf.GGUFValueType.UINT32,
    gguf.GGUFValueType.STRING,
    gguf.GGUFValueType.FLOAT32,
)


@pytest.mark.parametrize(
    ("keys", "factor"),
    [
        ({"scaling.factor": 4.0}, 4),  # the kind is linear where none is named
        ({"scale_linear": 2.0}, 2),  # the key of 2023
        ({"scaling.factor": 4.0, "scale_linear": 2.0}, 4),
        ({"scaling.type": "linear", "scaling.factor": 8.0}, 8),
        ({"scaling.type": "linear"}, 1),
        ({"scaling.type": "none", "scaling.factor": 4.0}, 1),
        ({"scaling.factor": 0.0}, 1),
    ],
)
def test_angles_of_a_stretched_context(
    tmp_path: Path, keys: dict[str, float | str], factor: float
) -> None:
    def more(writer: gguf.GGUFWriter) -> None:
        for key, value in keys.items():
            kind = STRING if isinstance(value, str) else FLOAT32
            writer.add_key_value(f"llama.rope.{key}", value, kind)

    path = builder.write(tmp_path / "m.gguf", "llama", builder.tensors("llama"), more=more)
    found = model_of(path).config.frequencies
    assert found[:2] == pytest.approx((1 / factor, 10_000 ** (-2 / 64) / factor))


@pytest.mark.parametrize(
    ("key", "value", "kind", "id_"),
    [
        ("general.architecture", "qwen2", STRING, "EDGE-02102"),
        ("llama.expert_count", 8, UINT32, "EDGE-02102"),
        ("llama.rope.scaling.type", "yarn", STRING, "EDGE-02102"),
        ("llama.rope.scaling.type", 7, UINT32, "EDGE-02102"),
        ("llama.rope.scaling.factor", float("nan"), FLOAT32, "EDGE-02101"),
        ("llama.rope.dimension_count", 32, UINT32, "EDGE-02102"),
        ("llama.attention.value_length", 32, UINT32, "EDGE-02102"),
        ("llama.attention.head_count", 0, UINT32, "EDGE-02101"),
        ("llama.attention.head_count", "4", STRING, "EDGE-02101"),
        ("llama.attention.head_count_kv", 3, UINT32, "EDGE-02101"),
        ("llama.attention.key_length", 2**31, UINT32, "EDGE-02101"),
        ("llama.attention.layer_norm_rms_epsilon", 0.0, FLOAT32, "EDGE-02101"),
        ("llama.rope.freq_base", float("nan"), FLOAT32, "EDGE-02101"),
        ("llama.embedding_length", 2**31 + 5, UINT32, "EDGE-02101"),
        ("llama.block_count", 1025, UINT32, "EDGE-02101"),
        ("llama.block_count", 3, UINT32, "EDGE-02103"),
        ("llama.vocab_size", 97, UINT32, "EDGE-02101"),
        ("llama.feed_forward_length", 256, UINT32, "EDGE-02104"),
    ],
)
def test_metadata_that_is_of_no_such_model(
    tmp_path: Path, key: str, value: Any, kind: gguf.GGUFValueType, id_: str
) -> None:
    tensors = builder.tensors("llama")
    more = rewrite(key, value, kind)
    path = builder.write(tmp_path / "m.gguf", "llama", tensors, Type.TQ2_0, more)
    with pytest.raises(ModelRefused) as caught:
        read_source(path)
    assert caught.value.id == id_


def test_layers_that_differ_are_refused(tmp_path: Path) -> None:
    def more(writer: gguf.GGUFWriter) -> None:
        for table in writer.kv_data:
            table.pop("llama.attention.head_count_kv")
        writer.add_array("llama.attention.head_count_kv", [2, 4])

    path = builder.write(tmp_path / "m.gguf", "llama", builder.tensors("llama"), Type.TQ2_0, more)
    with pytest.raises(ModelRefused) as caught:
        read_source(path)
    assert caught.value.id == "EDGE-02102"


@pytest.mark.parametrize(("number", "name"), [(38, "TL1"), (39, "TL2"), (13, "Q5_K"), (99, "99")])
def test_types_that_are_not_read_are_named(tmp_path: Path, number: int, name: str) -> None:
    path = builder.write(tmp_path / "m.gguf", "bitnet", builder.tensors("bitnet"))
    data = bytearray(path.read_bytes())
    at = data.index(b"blk.1.attn_v.weight") + len(b"blk.1.attn_v.weight") + 4 + 16
    assert struct.unpack_from("<I", data, at) == (35,)
    data[at : at + 4] = struct.pack("<I", number)
    path.write_bytes(data)
    with pytest.raises(ModelRefused) as caught:
        read_source(path)
    assert caught.value.id == "EDGE-02108"
    assert name in caught.value.what
    assert ("tiles" in caught.value.evidence) == (number in (38, 39))
