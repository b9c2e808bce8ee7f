"""Hugging Face folders: what their weights mean, and which are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from edgesdk.decoder.config import HALVES, RELU2, SILU
from edgesdk.decoder.weights import Dense, Ternary
from edgesdk.errors import ModelRefused
from edgesdk.formats import SourceModel, read_source
from edgesdk.formats.bitnet.weights import unpack
from tests.formats.decoder import folder_builder as builder


def read(folder: Path, config: dict[str, Any], tensors: dict[str, Any]) -> SourceModel:
    return read_source(builder.write(folder, config, tensors))


def refusal(folder: Path, config: dict[str, Any], tensors: dict[str, Any]) -> ModelRefused:
    with pytest.raises(ModelRefused) as caught:
        source = read(folder, config, tensors)
        assert source.decoder is not None
        source.decoder.weights.layer(1)
    return caught.value


def test_known_bytes_of_the_packed_form() -> None:
    # Rows 0 and 2 share the first byte's bits 0-1 and 2-3 only if there are four parts of one row.
    packed = np.array([[0b10_01_00_10, 0b00_00_01_01], [0b01_10_10_00, 0b01_01_01_01]], np.uint8)
    assert unpack(packed).tolist() == [
        [1, 0],  # bits 0-1 of byte row 0
        [-1, 0],  # bits 0-1 of byte row 1
        [-1, 0],  # bits 2-3
        [1, 0],
        [0, -1],  # bits 4-5
        [1, 0],
        [1, -1],  # bits 6-7
        [0, 0],
    ]


def test_rows_that_only_fill_up_a_byte_are_left_out(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    tensors = builder.tensors(sub_norms={**builder.SUB_NORMS, "mlp.ffn_sub_norm": 98}, packed=True)
    codes = rng.integers(-1, 2, (98, 64))
    filled = np.concatenate([codes + 1, np.zeros((2, 64), int)]).reshape(4, 25, 64)
    packed = sum(filled[part] << 2 * part for part in range(4)).astype(np.uint8)
    down = tensors["model.layers.0.mlp.down_proj.weight"]
    for layer in range(2):
        before = f"model.layers.{layer}.mlp."
        tensors |= {f"{before}{name}_proj.weight": packed for name in ("gate", "up")}
        tensors[f"{before}down_proj.weight"] = np.concatenate([down, down[:, :2]], axis=1)
    config = {**builder.BITNET, "intermediate_size": 98, "quantization_config": builder.AUTO}
    model = read(tmp_path / "m", config, tensors).decoder
    assert model is not None
    gate = model.weights.layer(1).gate
    assert isinstance(gate, Ternary)
    assert np.array_equal(gate.codes, codes)


@pytest.mark.parametrize(
    ("config", "theta"),
    [
        (builder.BITNET, 500_000),
        (builder.LLAMA, 10_000),
        ({**builder.BITNET, "model_type": "llama"}, 10_000),  # as the first reproduction has it
    ],
)
def test_the_base_of_the_angles_where_the_file_names_none(
    tmp_path: Path, config: dict[str, Any], theta: float
) -> None:
    left = {k: v for k, v in config.items() if k not in ("rope_theta", "rope_parameters")}
    norms = builder.SUB_NORMS if config is not builder.LLAMA else None
    model = read(tmp_path / "m", left, builder.tensors(sub_norms=norms, head=True)).decoder
    assert model is not None
    assert model.config.frequencies[1] == pytest.approx(theta ** (-2 / 16))


def test_a_bitnet_that_names_no_number_of_key_heads_has_five(tmp_path: Path) -> None:
    left = {k: v for k, v in builder.BITNET.items() if k != "num_key_value_heads"}
    error = refusal(tmp_path / "m", left, builder.tensors(sub_norms=builder.SUB_NORMS))
    assert "5 key heads" in error.evidence


def test_a_packed_folder_multiplies_with_its_scale(tmp_path: Path) -> None:
    tensors = builder.tensors(sub_norms=builder.SUB_NORMS, packed=True)
    config = {**builder.BITNET, "quantization_config": builder.AUTO}
    source = read(tmp_path / "m", config, tensors)
    model = source.decoder
    assert model is not None
    assert source.format == "huggingface"
    assert (model.config.activation, model.config.pairing) == (RELU2, HALVES)
    assert (model.config.sub_norms, model.config.tied) == (True, True)
    assert model.config.frequencies[1] == pytest.approx(500_000 ** (-2 / 16))
    layer = model.weights.layer(1)
    stored = tensors["model.layers.1.mlp.down_proj.weight"]
    assert isinstance(layer.down, Ternary)
    assert layer.down.scale == 0.5
    assert np.array_equal(layer.down.codes, unpack(stored))
    assert layer.attention_sub_norm is not None
    norm = tensors["model.layers.1.self_attn.attn_sub_norm.weight"]
    assert np.array_equal(layer.attention_sub_norm, norm)
    embedding = model.weights.embedding()
    assert embedding.dtype == np.float16
    assert np.array_equal(embedding, tensors["model.embed_tokens.weight"])
    assert model.weights.head() is None


def test_a_packed_llama_divides_by_its_scale(tmp_path: Path) -> None:
    tensors = builder.tensors(packed=True, head=True)
    for name in tensors:
        if name.endswith("_scale"):
            tensors[name] = np.array([40.0], np.float32)
    config = {**builder.LLAMA, "quantization_config": builder.PLAIN}
    model = read(tmp_path / "m", config, tensors).decoder
    assert model is not None
    layer = model.weights.layer(0)
    assert isinstance(layer.query, Ternary)
    assert layer.query.scale == pytest.approx(1 / 40)
    assert layer.attention_sub_norm is None
    assert (model.config.activation, model.config.sub_norms) == (SILU, False)
    head = model.weights.head()
    assert head is not None
    assert np.array_equal(head, tensors["lm_head.weight"])


@pytest.mark.parametrize("online", [True, False])
def test_a_master_is_ternarised_by_its_mean(tmp_path: Path, online: bool) -> None:
    tensors = builder.tensors(sub_norms=builder.SUB_NORMS)
    quantisation = {**builder.AUTO, "quantization_mode": "online"}
    extra = {"quantization_config": quantisation} if online else {}
    model = read(tmp_path / "m", {**builder.BITNET, **extra}, tensors).decoder
    assert model is not None
    gate = model.weights.layer(0).gate
    weights = tensors["model.layers.0.mlp.gate_proj.weight"].astype(np.float64)
    mean = np.abs(weights).mean()
    assert isinstance(gate, Ternary)
    assert gate.scale == pytest.approx(mean, rel=1e-6)
    assert np.array_equal(gate.codes, np.clip(np.round(weights / mean), -1, 1))


def test_the_first_reproduction_has_its_own_names(tmp_path: Path) -> None:
    tensors = builder.tensors(sub_norms=builder.OLD_SUB_NORMS)
    tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = np.ones(8, np.float32)
    config = {
        **builder.LLAMA,
        "architectures": ["BitnetForCausalLM"],
        "tie_word_embeddings": True,
        "weight_bits": 1,
        "input_bits": 8,
        "rope_theta": 10000.0,
        "rope_scaling": None,
    }
    del config["rope_parameters"]
    model = read(tmp_path / "m", config, tensors).decoder
    assert model is not None
    layer = model.weights.layer(1)
    assert isinstance(layer.gate, Ternary)
    assert layer.ffn_sub_norm is not None
    norm = tensors["model.layers.1.mlp.ffn_layernorm.weight"]
    assert np.array_equal(layer.ffn_sub_norm, norm)
    assert (model.config.activation, model.config.sub_norms) == (SILU, True)


def test_a_plain_llama_stays_dense(tmp_path: Path) -> None:
    tensors = builder.tensors(head=True)
    model = read(tmp_path / "m", builder.LLAMA, tensors).decoder
    assert model is not None
    query = model.weights.layer(1).query
    assert isinstance(query, Dense)
    stored = tensors["model.layers.1.self_attn.q_proj.weight"]
    assert np.array_equal(query.weights, stored)


def test_layers_that_were_not_converted_stay_dense(tmp_path: Path) -> None:
    tensors = builder.tensors(sub_norms=builder.SUB_NORMS, packed=True)
    floats = builder.tensors(sub_norms=builder.SUB_NORMS)
    for layer in range(2):
        name = f"model.layers.{layer}.mlp.down_proj.weight"
        tensors[name] = floats[name]
        del tensors[name + "_scale"]
    quantisation = {**builder.AUTO, "modules_to_not_convert": ["down_proj"]}
    config = {**builder.BITNET, "quantization_config": quantisation}
    model = read(tmp_path / "m", config, tensors).decoder
    assert model is not None
    layer = model.weights.layer(0)
    assert isinstance(layer.down, Dense)
    assert isinstance(layer.up, Ternary)


def test_codes_that_are_kept_as_floats(tmp_path: Path) -> None:
    tensors = builder.tensors(sub_norms=builder.SUB_NORMS, packed=True)
    name = "model.layers.1.mlp.up_proj.weight"
    tensors[name] = unpack(tensors[name]).astype(np.float32)
    config = {**builder.BITNET, "quantization_config": builder.AUTO}
    model = read(tmp_path / "m", config, tensors).decoder
    assert model is not None
    up = model.weights.layer(1).up
    assert isinstance(up, Ternary)
    assert np.array_equal(up.codes, tensors[name])
    tensors[name][3, 4] = 0.5
    assert refusal(tmp_path / "n", config, tensors).id == "EDGE-02105"


@pytest.mark.parametrize(
    ("change", "head", "tied"), [(True, True, True), (False, True, False), (None, False, True)]
)
def test_whether_the_embedding_is_the_head(
    tmp_path: Path, change: bool | None, head: bool, tied: bool
) -> None:
    config = {**builder.LLAMA, "tie_word_embeddings": change}
    model = read(tmp_path / "m", config, builder.tensors(head=head)).decoder
    assert model is not None
    assert model.config.tied == tied
    assert (model.weights.head() is None) == tied


@pytest.mark.parametrize(
    ("rope", "pair", "expected"),
    [
        ({"rope_type": "linear", "factor": 4.0}, 0, 0.25),
        # With 64 positions the first pair turns 10 times (kept), the last 0.0003 times (slowed).
        ({"rope_type": "llama3", "factor": 8.0}, 0, 1.0),
        ({"rope_type": "llama3", "factor": 8.0}, 7, 10_000 ** (-14 / 16) / 8),
        # The second pair turns 3.22 times of 1 to 4, so it keeps 0.7404 of the way.
        ({"rope_type": "llama3", "factor": 8.0}, 1, 0.31622776 * (0.74041 + 0.25959 / 8)),
    ],
)
def test_rope_scalings(tmp_path: Path, rope: dict[str, Any], pair: int, expected: float) -> None:
    more = {"low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64}
    config = {**builder.LLAMA, "rope_parameters": {"rope_theta": 10000.0, **more, **rope}}
    model = read(tmp_path / "m", config, builder.tensors(head=True)).decoder
    assert model is not None
    assert model.config.frequencies[pair] == pytest.approx(expected, rel=1e-4)


def test_the_hash_is_of_all_that_was_read(tmp_path: Path) -> None:
    tensors = builder.tensors(head=True)
    folder = builder.write(tmp_path / "m", builder.LLAMA, tensors)
    first = read_source(folder).sha256
    (folder / "README.md").write_text("not read")
    assert read_source(folder).sha256 == first
    (folder / "generation_config.json").write_text("{}")
    second = read_source(folder).sha256
    config = {**builder.LLAMA, "comment": 1}
    (folder / "config.json").write_text(json.dumps(config))
    assert len({first, second, read_source(folder).sha256}) == 3


def test_a_sharded_folder_is_the_same_model(tmp_path: Path) -> None:
    tensors = builder.tensors(head=True)
    whole = read(tmp_path / "whole", builder.LLAMA, tensors).decoder
    folder = tmp_path / "parts"
    builder.write(folder, builder.LLAMA, {})
    (folder / "model.safetensors").unlink()
    names = {}
    for number, chosen in enumerate((sorted(tensors)[::2], sorted(tensors)[1::2])):
        shard = f"model-{number}.safetensors"
        save_file({name: tensors[name] for name in chosen}, folder / shard)
        names |= dict.fromkeys(chosen, shard)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}))
    parts = read_source(folder).decoder
    assert whole is not None
    assert parts is not None
    assert parts.config == whole.config
    first, second = whole.weights.layer(1).down, parts.weights.layer(1).down
    assert isinstance(first, Dense)
    assert isinstance(second, Dense)
    assert np.array_equal(first.weights, second.weights)


def test_the_index_of_shards_is_a_part_of_the_model(tmp_path: Path) -> None:
    tensors, norm = builder.tensors(head=True), "model.norm.weight"
    folder = builder.write(tmp_path / "m", builder.LLAMA, tensors)
    (folder / "model.safetensors").rename(folder / "one.safetensors")
    angles = "model.rotary_emb.inv_freq"  # so that both shards are used either way
    save_file({norm: tensors[norm] * 2, angles: tensors[norm]}, folder / "two.safetensors")
    hashes = set()
    for shard in ("one", "two"):
        places = {**dict.fromkeys(tensors, "one.safetensors"), norm: f"{shard}.safetensors"}
        index = {"weight_map": {**places, angles: "two.safetensors"}}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))
        hashes.add(read_source(folder).sha256)
    assert len(hashes) == 2
