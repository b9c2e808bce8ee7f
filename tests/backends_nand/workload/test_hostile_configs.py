"""Descriptions that are none: refused with one clear error, never a crash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edgesdk.errors import EdgeError, ModelRefused
from edgesdk.predict.model import read_subject
from edgesdk.predict.shape_config import config_shape
from edgesdk.predict.shape_families import FAMILIES

GOOD: dict[str, Any] = {
    "model_type": "qwen2_moe",
    "hidden_size": 64,
    "intermediate_size": 80,
    "max_position_embeddings": 40,
    "num_attention_heads": 8,
    "num_hidden_layers": 3,
    "num_key_value_heads": 4,
    "vocab_size": 96,
    "num_experts": 6,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 24,
    "shared_expert_intermediate_size": 40,
    "mlp_only_layers": [0],
}
NUMBERS = [key for key, value in GOOD.items() if isinstance(value, int)]
WRONG = [-1, 0, 1.5, True, "64", [], {}, [64], 10**30, float("inf")]


def refusal(document: dict[str, Any]) -> ModelRefused:
    with pytest.raises(ModelRefused) as caught:
        config_shape(document, "mine")
    return caught.value


# A model may say that it has no experts, so 0 is a number there.
@pytest.mark.parametrize(
    ("key", "value"),
    [(key, value) for key in NUMBERS for value in WRONG if (key, value) != ("num_experts", 0)],
)
def test_no_number(key: str, value: Any) -> None:
    error = refusal({**GOOD, key: value})
    assert error.id == "EDGE-02101"
    assert len(error.evidence) < 300


@pytest.mark.parametrize(
    "key", ["hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size"]
)
def test_a_gap(key: str) -> None:
    document = {name: value for name, value in GOOD.items() if name != key}
    assert f"its {key} is missing" in refusal(document).evidence


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"num_hidden_layers": 5000}, "num_hidden_layers is 5000, of 1 to 1024"),
        ({"hidden_size": 1 << 20}, "hidden is 1048576"),
        ({"vocab_size": 1 << 30}, "vocabulary is 1073741824"),
        (
            {"hidden_size": 1 << 18, "vocab_size": 1 << 20, "num_attention_heads": 1024},
            "a matrix of 262144 by 1048576 is larger than any",
        ),
        ({"num_key_value_heads": 3}, "8 heads cannot share 3 key heads"),
        ({"num_attention_heads": 7, "num_key_value_heads": 7}, "does not divide into 7 heads"),
        ({"num_experts_per_tok": 7}, "experts of a token is 7, of 1 to 6"),
        ({"num_experts": 1 << 20}, "experts is 1048576, of 1 to 1024"),
        ({"moe_intermediate_size": 1 << 20}, "intermediate of an expert is 1048576"),
        ({"shared_expert_intermediate_size": 1 << 20}, "intermediate of the shared expert"),
        ({"intermediate_size": 1 << 20}, "intermediate is 1048576"),
        ({"mlp_only_layers": "0"}, "mlp_only_layers are no list"),
        ({"mlp_only_layers": [0, "1"]}, "mlp_only_layers are no list"),
        ({"mlp_only_layers": [True]}, "mlp_only_layers are no list"),
        ({"tie_word_embeddings": "no"}, "neither true nor false"),
        ({"head_dim": 5000}, "head_size is 5000, of 1 to 1024"),
    ],
)
def test_sizes_that_no_decoder_has(keys: dict[str, Any], why: str) -> None:
    error = refusal({**GOOD, **keys})
    assert error.id == "EDGE-02101"
    assert why in error.evidence


def test_an_embedding_narrower_than_the_layers_is_refused() -> None:
    error = refusal({**GOOD, "model_type": "opt", "ffn_dim": 80, "word_embed_proj_dim": 32})
    assert "word_embed_proj_dim is 32, and only hidden_size 64 is known" in error.evidence


@pytest.mark.parametrize("kind", ["deepseek_v3", "", "x" * 5000, 3, None, ["llama"], {"a": 1}])
def test_an_unknown_family_lists_the_known_ones(kind: Any) -> None:
    error = refusal({**GOOD, "model_type": kind})
    assert error.id == "EDGE-02227"
    assert all(family in error.evidence for family in FAMILIES)
    assert len(error.evidence) < 300


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b"3",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"hidden_size": ' + b"[" * 100_000,
        b'{"hidden_size": ' + b"9" * 10_000 + b"}",
        b'{"hidden_size": NaN, "model_type": "llama"}',
        b'{"hidden_size": 1e999, "model_type": "llama"}',
        b'{"hidden_size": 64, "hidden_size": 64, "model_type": "llama"}',
        b'{"hidden_size": 64, "model_type": "llama"}',
        b'{"hidden_size": 64}',
        b"{}",
        b"",
    ],
)
def test_a_file_that_is_no_config(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(content)
    with pytest.raises(EdgeError) as caught:
        read_subject(str(path))
    assert caught.value.exit_code == 2
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("depth", [10, 100, 300, 900, 1500])
@pytest.mark.parametrize("key", ["hidden_size", "model_type", "mlp_only_layers", "head_dim"])
def test_what_is_nested_is_no_number(key: str, depth: int, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    text = json.dumps({**GOOD, key: None})
    path.write_text(text.replace(f'"{key}": null', f'"{key}": {"[" * depth}{"]" * depth}'))
    with pytest.raises(ModelRefused) as caught:
        read_subject(str(path))
    assert len(str(caught.value)) < 1000


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(b" " * (1 << 20) + b"{}")
    with pytest.raises(EdgeError) as caught:
        read_subject(str(path))
    assert caught.value.id == "EDGE-0270"


def test_weights_of_an_unknown_arithmetic_do_not_hinder(tmp_path: Path) -> None:
    folder = tmp_path / "routed"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(GOOD))
    (folder / "model.safetensors").write_bytes(b"")
    found = read_subject(str(folder))
    assert (found.name, found.config, found.model, found.ternary) == ("routed", None, None, False)
    assert found.shape.experts is not None


def test_why_there_is_no_arithmetic_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "biased.json"
    sizes = {key: value for key, value in GOOD.items() if "expert" not in key}
    path.write_text(json.dumps({**sizes, "model_type": "llama", "attention_bias": True}))
    found = read_subject(str(path))
    assert found.config is None
    assert "attention_bias is True" in found.no_config


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("{}", "EDGE-02192"),
        ('{"streams": [], "stages": []}', "EDGE-02192"),
        ('{"learner": {"objective": 1}}', "EDGE-02192"),
        ("[]", "EDGE-02100"),
        ("null", "EDGE-02100"),
        ("", "EDGE-02100"),
        ("no JSON", "EDGE-02100"),
        ("[" * 10_000, "EDGE-02100"),
    ],
)
def test_json_that_is_no_config_of_any_name(content: str, error: str, tmp_path: Path) -> None:
    """It is refused as what it is not, and not as a sensing program or trees."""
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(ModelRefused) as caught:
        read_subject(str(path))
    assert caught.value.id == error
    assert "x.json" in caught.value.what


@pytest.mark.parametrize(
    "changed",
    [
        {"rope_scaling": {"rope_type": "yarn", "factor": 4.0}},
        {"model_type": "mistral"},
        {"rms_norm_eps": None},
    ],
)
def test_ternary_weights_of_another_arithmetic_are_ternary(
    changed: dict[str, Any], tmp_path: Path
) -> None:
    sizes = {key: value for key, value in GOOD.items() if "expert" not in key}
    how = {"quant_method": "bitnet", "linear_class": "autobitlinear"}
    path = tmp_path / "mine.json"
    document = {**sizes, "model_type": "llama", "quantization_config": how, **changed}
    path.write_text(json.dumps(document))
    found = read_subject(str(path))
    assert (found.config, found.ternary) == (None, True)
    path.write_text(json.dumps({**document, "quantization_config": {"quant_method": "gptq"}}))
    assert read_subject(str(path)).ternary is False


def test_a_config_of_more_than_text_says_where_the_text_is() -> None:
    error = refusal({"model_type": "gemma3", "text_config": GOOD})
    assert error.id == "EDGE-02227"
    assert "text_config" in error.next_step


def test_the_file_to_write_sizes_as_is_there() -> None:
    step = refusal({"model_type": "unknown"}).next_step
    assert Path(step.rpartition(" ")[2]).is_file()


@pytest.mark.parametrize(
    ("value", "words"), [("4096", "'4096'"), ([4096], "a list"), ({"a": 1}, "an object")]
)
def test_a_number_that_is_none_is_shown_as_what_it_is(value: Any, words: str) -> None:
    assert f"its hidden_size is {words}" in refusal({**GOOD, "hidden_size": value}).evidence
