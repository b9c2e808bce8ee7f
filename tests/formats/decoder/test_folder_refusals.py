"""Hugging Face folders that are refused, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from edgesdk.errors import EdgeError, ModelRefused
from edgesdk.formats import read_source
from tests.formats.decoder import folder_builder as builder
from tests.formats.decoder.test_folder import refusal


@pytest.mark.parametrize(
    ("change", "id_"),
    [
        ({"model_type": "qwen3"}, "EDGE-02102"),
        ({"architectures": ["LlamaForSequenceClassification"]}, "EDGE-02102"),
        ({"attention_bias": True}, "EDGE-02102"),
        ({"hidden_act": "gelu"}, "EDGE-02102"),
        ({"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4}}, "EDGE-02102"),
        ({"rope_parameters": {"rope_type": "linear", "factor": 0}}, "EDGE-02101"),
        ({"rope_parameters": {"rope_theta": 1e-300}}, "EDGE-02101"),
        ({"rope_parameters": {"rope_type": "linear", "factor": 1e-320}}, "EDGE-02101"),
        ({"rope_parameters": [1]}, "EDGE-02101"),
        ({"partial_rotary_factor": 0.5}, "EDGE-02102"),
        ({"quantization_config": {"quant_method": "gptq"}}, "EDGE-02102"),
        ({"quantization_config": {**builder.AUTO, "linear_class": "other"}}, "EDGE-02102"),
        ({"quantization_config": {**builder.AUTO, "use_rms_norm": True}}, "EDGE-02102"),
        ({"quantization_config": [1]}, "EDGE-02102"),
        ({"num_attention_heads": 0}, "EDGE-02101"),
        ({"num_attention_heads": 3}, "EDGE-02101"),
        ({"num_key_value_heads": 3}, "EDGE-02101"),
        ({"head_dim": 15}, "EDGE-02101"),
        ({"head_dim": 2**30}, "EDGE-02101"),
        ({"hidden_size": "64"}, "EDGE-02101"),
        ({"hidden_size": True}, "EDGE-02101"),
        ({"hidden_size": 2**40}, "EDGE-02101"),
        ({"num_hidden_layers": 2**30}, "EDGE-02101"),
        ({"rms_norm_eps": 0}, "EDGE-02101"),
        ({"rms_norm_eps": True}, "EDGE-02101"),
        ({"vocab_size": None}, "EDGE-02101"),
        ({"hidden_size": 2**18, "head_dim": 16, "intermediate_size": 2**17}, "EDGE-02101"),
        ({"hidden_size": 128}, "EDGE-02104"),
        ({"vocab_size": 47}, "EDGE-02104"),
        ({"num_hidden_layers": 3}, "EDGE-02103"),
        ({"num_hidden_layers": 1}, "EDGE-02102"),  # tensors are left over
    ],
)
def test_a_description_that_is_not_of_these_weights(
    tmp_path: Path, change: dict[str, Any], id_: str
) -> None:
    tensors = builder.tensors(head=True)
    assert refusal(tmp_path / "m", {**builder.LLAMA, **change}, tensors).id == id_


@pytest.mark.parametrize(
    ("name", "value", "id_"),
    [
        ("model.norm.weight", None, "EDGE-02103"),
        ("model.layers.1.mlp.up_proj.weight_scale", None, "EDGE-02103"),
        ("model.layers.1.mlp.up_proj.weight", np.zeros((23, 64), np.uint8), "EDGE-02104"),
        ("model.layers.1.mlp.up_proj.weight", np.zeros((24, 64), np.int8), "EDGE-02104"),
        ("model.layers.1.self_attn.q_proj.bias", np.zeros(64, np.float32), "EDGE-02102"),
        ("model.layers.1.self_attn.q_norm.weight", np.zeros(16, np.float32), "EDGE-02102"),
        ("model.layers.1.mlp.up_proj.weight", np.full((24, 64), 0xFF, np.uint8), "EDGE-02105"),
        ("model.layers.1.mlp.up_proj.weight", np.full((24, 64), 0x55, np.uint8), "EDGE-02105"),
        ("model.layers.1.mlp.up_proj.weight", np.full((24, 64), 0xAA, np.uint8), "EDGE-02105"),
        *[
            ("model.layers.1.mlp.up_proj.weight_scale", np.array([bad], np.float32), "EDGE-02106")
            for bad in (0.0, -0.5, np.nan, np.inf, 1e20, 1e-20)
        ],
        *[
            ("model.layers.1.mlp.ffn_sub_norm.weight", np.full(96, bad, np.float32), "EDGE-02107")
            for bad in (np.nan, np.inf, -np.inf)
        ],
    ],
)
def test_weights_that_no_trained_model_has(tmp_path: Path, name: str, value: Any, id_: str) -> None:
    tensors = builder.tensors(sub_norms=builder.SUB_NORMS, packed=True)
    config = {**builder.BITNET, "quantization_config": builder.AUTO}
    if value is None:
        del tensors[name]
    else:
        tensors[name] = value
    error = refusal(tmp_path / "m", config, tensors)
    assert error.id == id_
    assert name.removesuffix("_scale").split(".")[-2] in error.what


def test_a_folder_that_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused) as caught:
        read_source(tmp_path)
    assert caught.value.id == "EDGE-02111"
    (tmp_path / "model.gguf").write_bytes(b"")
    with pytest.raises(ModelRefused) as caught:
        read_source(tmp_path)
    assert "model.gguf" in caught.value.next_step
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelRefused) as caught:
        read_source(tmp_path)
    assert "save_pretrained" in caught.value.next_step


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"a": 1, "a": 2}', '{"a": NaN}', "[" * 50_000, "\udcff"]
)
def test_a_config_that_is_no_json_object(tmp_path: Path, text: str) -> None:
    save_file({"a": np.zeros(1, np.float32)}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelRefused) as caught:
        read_source(tmp_path)
    assert caught.value.id == "EDGE-02100"


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    save_file({"a": np.zeros(1, np.float32)}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").mkdir()
    with pytest.raises(EdgeError) as caught:
        read_source(tmp_path)
    assert caught.value.id == "EDGE-0210"
