"""What a prediction can be asked about: names, files of sizes, config.json, source models."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from edgesdk.errors import EdgeError, UsageError
from edgesdk.predict import DECODE, PREFILL, usual_lengths
from edgesdk.predict.model import read_subject, shape_names

ROOT = Path(__file__).parents[3]
SHAPE = (ROOT / "edgesdk" / "shapes" / "bitnet-0.73b.toml").read_text()


# The published config.json of microsoft/bitnet-b1.58-2B-4T, as far as sizes go.
NEWER: dict[str, Any] = {
    "architectures": ["BitNetForCausalLM"],
    "model_type": "bitnet",
    "hidden_act": "relu2",
    "hidden_size": 2560,
    "intermediate_size": 6912,
    "max_position_embeddings": 4096,
    "num_attention_heads": 20,
    "num_hidden_layers": 30,
    "num_key_value_heads": 5,
    "rms_norm_eps": 1e-5,
    "rope_theta": 500000.0,
    "tie_word_embeddings": True,
    "vocab_size": 128256,
    "quantization_config": {
        "quant_method": "bitnet",
        "linear_class": "autobitlinear",
        "quantization_mode": "offline",
    },
}


def identity(text: str) -> str:
    with pytest.raises(EdgeError) as caught:
        read_subject(text)
    return caught.value.id


def test_models_with_a_name() -> None:
    assert {"bitnet-0.73b", "bitnet-2b4t"} < set(shape_names())
    for name in ("bitnet-0.73b", "bitnet-2b4t"):
        found = read_subject(name)
        assert found.name == name
        assert found.ternary


def test_a_config_without_weights_is_the_shape_with_a_name(tmp_path: Path) -> None:
    path = tmp_path / "bitnet-b1.58-2B-4T" / "config.json"
    path.parent.mkdir()
    path.write_text(json.dumps(NEWER))
    found = read_subject(str(path))
    assert found.name == "bitnet-b1.58-2B-4T"
    assert found.ternary
    assert found.config == read_subject("bitnet-2b4t").config


def test_a_config_by_another_name_or_by_its_folder(tmp_path: Path) -> None:
    (tmp_path / "newer").mkdir()
    for path in (tmp_path / "bitnet.json", tmp_path / "newer" / "config.json"):
        path.write_text(json.dumps(NEWER))
    for path in (tmp_path / "bitnet.json", tmp_path / "newer"):
        found = read_subject(str(path))
        assert found.name == path.stem
        assert found.config == read_subject("bitnet-2b4t").config


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("{}", "EDGE-02192"),
        ('{"streams": []}', "EDGE-02192"),
        ("3", "EDGE-02100"),
        ("[" * 100_000, "EDGE-02100"),
        ("{", "EDGE-02100"),
        ('"hidden_size"', "EDGE-02100"),
    ],
)
def test_other_descriptions_in_json_are_no_language_models(
    content: str, error: str, tmp_path: Path
) -> None:
    path = tmp_path / "program.json"
    path.write_text(content)
    assert identity(str(path)) == error


def test_a_config_of_floats_says_so(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    plain = {**NEWER, "model_type": "llama", "architectures": ["LlamaForCausalLM"]}
    del plain["quantization_config"]
    path.write_text(json.dumps({**plain, "hidden_act": "silu"}))
    assert read_subject(str(path)).ternary is False


def test_a_file_of_sizes(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SHAPE.replace("layers = 24", "layers = 2"))
    found = read_subject(str(path))
    assert (found.name, found.config.layers) == ("mine", 2)


def test_a_file_is_stronger_than_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "models" / "story", tmp_path / "bitnet-2b4t")
    monkeypatch.chdir(tmp_path)
    found = read_subject("bitnet-2b4t")
    assert found.model is not None
    assert found.config.hidden == 256


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("layers = 24", "layers = 0"),
        ("layers = 24", "layers = -1"),
        ("layers = 24", "layers = 1.5"),
        ("layers = 24", "layers = true"),
        ("layers = 24", 'layers = "24"'),
        ("layers = 24", ""),
        ("layers = 24", "layers = 24\ndepth = 2"),
        ("theta = 10000.0", "theta = nan"),
        ("theta = 10000.0", "theta = 0"),
        ("theta = 10000.0", "theta = true"),
        ('activation = "silu"', 'activation = "gelu"'),
        ('activation = "silu"', "activation = []"),
        ("sub_norms = true", "sub_norms = 1"),
        ("head_size = 96", "head_size = 99999999"),
    ],
)
def test_hostile_shapes(before: str, after: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(SHAPE.replace(before, after))
    assert identity(str(path)) == "EDGE-02193"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("layers = 24", "layers = 99999999"),
        ("kv_heads = 16", "kv_heads = 3"),
        ("vocabulary = 32002", "vocabulary = 99999999999"),
    ],
)
def test_shapes_that_no_decoder_has(before: str, after: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(SHAPE.replace(before, after))
    assert identity(str(path)) == "EDGE-02101"


@pytest.mark.parametrize("content", [b"\xff", b"a = " + b"[" * 5000, b"[vocabulary"])
def test_what_is_no_shape(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    assert identity(str(path)) == "EDGE-02193"


def test_what_is_not_there(tmp_path: Path) -> None:
    assert identity("no-such-model") == "EDGE-02193"
    for name in ("none.toml", "config.json", "none.gguf", "none.edge", "x" * 5000, "a\0b"):
        assert identity(str(tmp_path / name)) == "EDGE-02193"
    assert identity(str(tmp_path)) == "EDGE-02111"
    (tmp_path / "config.json").mkdir()
    assert identity(str(tmp_path)) == "EDGE-02111"


def test_a_model_that_is_no_decoder() -> None:
    assert identity(str(ROOT / "models" / "sound" / "sound.onnx")) == "EDGE-02192"


def test_usual_lengths_are_within_the_context() -> None:
    assert usual_lengths(PREFILL, 2048) == (64, 128, 512)
    assert usual_lengths(DECODE, 1024) == (128, 512)
    assert usual_lengths(PREFILL, 16) == (16,)
    assert usual_lengths(DECODE, 16) == (15,)
    assert usual_lengths(DECODE, 2) == (1,)
    assert usual_lengths(DECODE, 1) == ()
    assert usual_lengths(PREFILL, 1) == (1,)


def test_the_error_names_the_shapes() -> None:
    with pytest.raises(UsageError) as caught:
        read_subject("bitnet")
    assert "bitnet-0.73b" in caught.value.evidence
