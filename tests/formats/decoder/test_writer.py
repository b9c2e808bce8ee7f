"""What is written as a BitNet folder reads back as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from edgesdk.decoder.config import ADJACENT, rope_frequencies
from edgesdk.decoder.weights import DecoderModel, Ternary, Vocabulary
from edgesdk.errors import ModelRefused
from edgesdk.formats import read_source
from edgesdk.formats.bitnet.weights import unpack
from edgesdk.formats.bitnet.writer import pack, write_bitnet_folder
from tests.formats.decoder import folder_builder as builder


@pytest.fixture
def model(tmp_path: Path) -> DecoderModel:
    tensors = builder.tensors(sub_norms=builder.SUB_NORMS)
    found = read_source(builder.write(tmp_path / "source", builder.BITNET, tensors)).decoder
    assert found is not None
    return found


def test_known_bytes() -> None:
    codes = np.array([[1, 0], [-1, 0], [0, -1], [1, -1]], np.int8)
    assert pack(codes).tolist() == [[0b10_01_00_10, 0b00_00_01_01]]
    assert np.array_equal(unpack(pack(codes)), codes)


@pytest.mark.parametrize("embedding", ["F16", "F32"])
def test_it_reads_back_as_it_was(tmp_path: Path, model: DecoderModel, embedding: str) -> None:
    content = builder.tokenizer()
    vocabulary = Vocabulary("tokenizer.json", content, 45, (46, 47), "{{ messages }}")
    write_bitnet_folder(
        tmp_path / "out", model.config, model.weights, vocabulary, embedding=embedding
    )
    again = read_source(tmp_path / "out").decoder
    assert again is not None
    assert again.config == model.config
    assert again.vocabulary == vocabulary
    for index in range(model.config.layers):
        first, second = model.weights.layer(index), again.weights.layer(index)
        for field, value in vars(first).items():
            other = getattr(second, field)
            if isinstance(value, Ternary):
                assert np.array_equal(value.codes, other.codes)
                assert value.scale == other.scale
            else:
                assert np.array_equal(value, other)
    assert np.array_equal(again.weights.embedding(), model.weights.embedding())
    assert again.weights.embedding().dtype == np.dtype(embedding.replace("F", "float"))


def test_others_can_read_it(tmp_path: Path, model: DecoderModel) -> None:
    write_bitnet_folder(tmp_path / "out", model.config, model.weights)
    tensors = load_file(tmp_path / "out" / "model.safetensors")
    gate = model.weights.layer(1).gate
    assert isinstance(gate, Ternary)
    assert tensors["model.layers.1.mlp.gate_proj.weight"].dtype == np.uint8
    assert np.array_equal(unpack(tensors["model.layers.1.mlp.gate_proj.weight"]), gate.codes)
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config["quantization_config"]["linear_class"] == "autobitlinear"
    assert config["rope_theta"] == 500_000
    assert not (tmp_path / "out" / "tokenizer.json").exists()


class WithHead:
    """The weights of a model, with a head of its own."""

    def __init__(self, weights: Any, head: Any) -> None:
        self._weights, self._head = weights, head

    def __getattr__(self, name: str) -> Any:
        return getattr(self._weights, name)

    def head(self) -> Any:
        return self._head


def test_a_head_of_its_own(tmp_path: Path, model: DecoderModel) -> None:
    head = np.arange(48 * 64, dtype=np.float32).reshape(48, 64)
    config = replace(model.config, tied=False)
    write_bitnet_folder(tmp_path / "out", config, WithHead(model.weights, head))
    again = read_source(tmp_path / "out").decoder
    assert again is not None
    found = again.weights.head()
    assert found is not None
    assert np.array_equal(found, head.astype(np.float16))


def test_what_float16_cannot_hold_is_refused_and_nothing_is_left(
    tmp_path: Path, model: DecoderModel
) -> None:
    config = replace(model.config, tied=False)
    head = np.full((48, 64), 1e6, np.float32)
    with pytest.raises(ModelRefused, match="lm_head") as caught:
        write_bitnet_folder(tmp_path / "out", config, WithHead(model.weights, head))
    assert caught.value.id == "EDGE-02107"
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"sub_norms": False},
        {"pairing": ADJACENT},
        {"frequencies": tuple(f / 2 for f in rope_frequencies(16, 1e4))},
        {"intermediate": 98},
    ],
)
def test_what_such_a_folder_cannot_hold(
    tmp_path: Path, model: DecoderModel, change: dict[str, Any]
) -> None:
    with pytest.raises(ModelRefused) as caught:
        write_bitnet_folder(tmp_path / "out", replace(model.config, **change), model.weights)
    assert caught.value.id == "EDGE-02102"


def test_dense_layers_and_other_tokenizers_are_refused(tmp_path: Path, model: DecoderModel) -> None:
    other = Vocabulary("sentencepiece", b"{}")
    with pytest.raises(ModelRefused, match=r"tokenizer\.json"):
        write_bitnet_folder(tmp_path / "out", model.config, model.weights, other)
    dense = read_source(
        builder.write(tmp_path / "dense", builder.LLAMA, builder.tensors(head=True))
    ).decoder
    assert dense is not None
    config = replace(dense.config, sub_norms=True)
    with pytest.raises(ModelRefused, match="attention_sub_norm"):
        write_bitnet_folder(tmp_path / "out", config, dense.weights)
    tensors = builder.tensors(sub_norms=builder.SUB_NORMS)
    kept = {**builder.AUTO, "quantization_mode": "online", "modules_to_not_convert": ["down"]}
    mixed = read_source(
        builder.write(tmp_path / "mixed", {**builder.BITNET, "quantization_config": kept}, tensors)
    ).decoder
    assert mixed is not None
    with pytest.raises(ModelRefused, match="computes down in floats"):
        write_bitnet_folder(tmp_path / "out", mixed.config, mixed.weights)
