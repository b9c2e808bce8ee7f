"""Sizes from a ``config.json``, against transformers' own models and published counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edgesdk.predict.model import named_shape
from edgesdk.predict.shape_config import config_shape
from edgesdk.predict.shape_families import FAMILIES
from tests.backends_nand.workload.configs import CONFIGS, used_parameters

BASE: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 80,
    "max_position_embeddings": 40,
    "num_attention_heads": 8,
    "num_hidden_layers": 3,
    "vocab_size": 96,
}
ROUTED = {"num_experts": 6, "num_experts_per_tok": 2, "moe_intermediate_size": 24}
FEW = {"num_key_value_heads": 2, "num_local_experts": 6}
SHARED = {**ROUTED, "num_key_value_heads": 8, "shared_expert_intermediate_size": 40}

# Weights of the models that transformers 5.23 makes of these configs, biases and norms left out:
# the sum of all parameters of two and more dimensions, counted on its meta device, without the
# biases of gpt_oss's experts, which have two.
COUNTED: list[tuple[str, int, dict[str, Any]]] = [
    ("bitnet", 89_088, {"num_key_value_heads": 4, "tie_word_embeddings": True}),
    ("cohere", 82_944, {"num_key_value_heads": 2}),
    ("falcon", 132_096, {}),
    ("falcon", 153_600, {"multi_query": False}),
    ("falcon", 135_168, {"new_decoder_architecture": True, "num_kv_heads": 2}),
    ("falcon", 110_592, {"ffn_hidden_size": 200, "parallel_attn": False}),
    ("gemma", 1_231_872, {"num_key_value_heads": 4}),
    ("gemma", 107_520, {"num_key_value_heads": 1, "head_dim": 16}),
    ("gemma2", 125_952, {"num_key_value_heads": 4, "head_dim": 16}),
    ("gemma3_text", 125_952, {"num_key_value_heads": 4, "head_dim": 16}),
    ("gemma3_text", 1_035_264, {"num_key_value_heads": 2}),
    ("glm4", 549_888, {"num_key_value_heads": 2}),
    ("glm4", 89_088, {"num_key_value_heads": 2, "head_dim": 8}),
    ("gpt_oss", 535_680, {**FEW, "num_experts_per_tok": 2}),
    ("gpt_neox", 92_160, {}),
    ("gpt_neox", 86_016, {"tie_word_embeddings": True}),
    ("granite", 95_232, {"num_key_value_heads": 4}),
    ("granitemoe", 320_640, FEW),
    ("llama", 107_520, {}),
    ("llama", 89_088, {"num_key_value_heads": 2}),
    ("llama", 107_520, {"num_key_value_heads": None, "head_dim": None}),
    ("llama", 150_528, {"head_dim": 16, "tie_word_embeddings": True}),
    ("mistral", 95_232, {"num_key_value_heads": 4}),
    ("mistral", 168_960, {"num_key_value_heads": 4, "head_dim": 24}),
    ("mixtral", 326_784, {"num_key_value_heads": 4, "num_local_experts": 6}),
    ("olmo2", 107_520, {}),
    ("olmo2", 89_088, {"num_key_value_heads": 2}),
    ("olmoe", 339_072, {"num_experts": 6, "num_experts_per_tok": 2}),
    ("opt", 107_136, {"ffn_dim": 128, "word_embed_proj_dim": 64}),
    ("phi", 92_160, {}),
    ("phi", 73_728, {"num_key_value_heads": 2}),
    ("phi3", 95_232, {"num_key_value_heads": 4}),
    ("phimoe", 320_640, FEW),
    ("qwen2", 89_088, {"num_key_value_heads": 2}),
    ("qwen2_moe", 168_768, SHARED),
    ("qwen2_moe", 127_936, {**SHARED, "decoder_sparse_step": 2}),
    ("qwen2_moe", 148_352, {**SHARED, "mlp_only_layers": [0]}),
    ("qwen3", 549_888, {"num_key_value_heads": 2}),
    ("qwen3", 119_808, {"num_key_value_heads": 2, "head_dim": 16}),
    ("qwen3_moe", 170_112, {**ROUTED, "num_key_value_heads": 4, "head_dim": 16}),
    ("qwen3_moe", 107_904, {**ROUTED, "num_key_value_heads": 4, "mlp_only_layers": [1, 2]}),
    ("smollm3", 82_944, {"num_key_value_heads": 2}),
    ("smollm3", 89_088, {"num_key_value_heads": 2, "tie_word_embeddings": False}),
    ("stablelm", 89_088, {"num_key_value_heads": 2}),
    ("starcoder2", 73_728, {"num_key_value_heads": 4}),
]


@pytest.mark.parametrize(("family", "weights", "keys"), COUNTED)
def test_as_many_weights_as_transformers_makes(
    family: str, weights: int, keys: dict[str, Any]
) -> None:
    assert config_shape({**BASE, "model_type": family, **keys}, "small").parameters == weights


def test_every_family_is_counted() -> None:
    assert {family for family, _, _ in COUNTED} == set(FAMILIES)


# Billions of weights: of each model, and of those that a token uses, from the model cards and the
# headers of the published weights (the Mixtral and Qwen3 papers for the active ones).
PUBLISHED = [
    ("opt-6.7b", 6.658, 6.658),
    ("opt-13b", 12.853, 12.853),
    ("opt-30b", 29.975, 29.975),
    ("opt-66b", 65.718, 65.718),
    ("llama-2-7b", 6.738, 6.738),
    ("llama-2-13b", 13.016, 13.016),
    ("llama-2-70b", 68.977, 68.977),
    ("llama-3-8b", 8.030, 8.030),
    ("qwen2.5-7b", 7.616, 7.616),
    ("mixtral-8x7b", 46.703, 12.9),
    ("qwen3-30b-a3b", 30.532, 3.3),
    ("bitnet-2b4t", 2.413, 2.413),
]


@pytest.mark.parametrize(("name", "all_weights", "used"), PUBLISHED)
def test_published_counts(name: str, all_weights: float, used: float) -> None:
    shape = named_shape(name).shape
    assert shape.parameters / 1e9 == pytest.approx(all_weights, rel=5e-4)
    assert used_parameters(shape) / 1e9 == pytest.approx(used, rel=0.02)


@pytest.mark.parametrize("name", CONFIGS)
def test_a_published_config_is_the_shape_with_a_name(name: str) -> None:
    assert config_shape(CONFIGS[name], name) == named_shape(name).shape


def test_experts_that_nobody_has_are_none() -> None:
    keys = {**BASE, "model_type": "qwen3_moe", "num_key_value_heads": 4}
    for document in ({**keys, "num_experts": 0}, {**keys, **ROUTED, "mlp_only_layers": [0, 1, 2]}):
        shape = config_shape(document, "small")
        assert shape.experts is None
        assert shape.intermediate == 80


def test_the_newer_name_of_the_number_of_experts() -> None:
    keys = {**BASE, **ROUTED, "model_type": "qwen3_moe", "num_key_value_heads": 4}
    renamed = {key: value for key, value in keys.items() if key != "num_experts"}
    renamed["num_local_experts"] = keys["num_experts"]
    assert config_shape(renamed, "small") == config_shape(keys, "small")


def test_layers_without_experts_are_named() -> None:
    shape = config_shape({**BASE, **SHARED, "model_type": "qwen2_moe", "mlp_only_layers": [2]}, "x")
    assert shape.experts is not None
    assert shape.experts.dense == (2,)
    assert (shape.dense_layers, shape.layers) == (1, 3)
    stepped = {**BASE, **SHARED, "model_type": "qwen2_moe", "decoder_sparse_step": 2}
    found = config_shape(stepped, "x").experts
    assert found is not None
    assert found.dense == (0, 2)


def test_what_a_config_leaves_out_is_what_transformers_takes() -> None:
    bare = {key: value for key, value in BASE.items() if key != "max_position_embeddings"}
    shape = config_shape({**bare, "model_type": "mistral"}, "x")
    assert (shape.kv_heads, shape.context, shape.tied) == (8, 131072, False)
    routed = config_shape({**bare, "model_type": "mixtral"}, "x")
    assert routed.experts is not None
    assert (routed.experts.count, routed.experts.per_token) == (8, 2)
    assert replace(shape, intermediate=0, experts=routed.experts, window=0) == routed


@pytest.mark.parametrize(
    ("family", "keys", "parallel"),
    [
        ("gpt_neox", {}, True),
        ("gpt_neox", {"use_parallel_residual": False}, False),
        ("falcon", {}, True),
        ("falcon", {"parallel_attn": False}, False),
        ("stablelm", {"num_key_value_heads": 8}, False),
        ("stablelm", {"num_key_value_heads": 8, "use_parallel_residual": True}, True),
        ("phi", {}, True),
        ("cohere", {}, True),
        ("llama", {"parallel_attn": True}, False),
    ],
)
def test_feed_forward_beside_attention(family: str, keys: dict[str, Any], parallel: bool) -> None:
    assert config_shape({**BASE, "model_type": family, **keys}, "x").parallel is parallel


@pytest.mark.parametrize(
    ("family", "keys", "window"),
    [
        ("mistral", {}, 4096),
        ("mistral", {"sliding_window": None}, 0),
        ("mistral", {"sliding_window": 30}, 30),
        ("phi3", {"sliding_window": 2047}, 2047),
        ("phi3", {}, 0),
        ("qwen2", {"num_key_value_heads": 8, "sliding_window": 30}, 0),
        ("qwen2", {"num_key_value_heads": 8, "use_sliding_window": True}, 4096),
        ("gemma2", {"num_key_value_heads": 8}, 4096),
        ("llama", {}, 0),
    ],
)
def test_sliding_attention(family: str, keys: dict[str, Any], window: int) -> None:
    assert config_shape({**BASE, "model_type": family, **keys}, "x").window == window
