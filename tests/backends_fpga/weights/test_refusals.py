"""Models that the accelerator cannot run: refused before anything is written, with numbers."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edgesdk.decoder.weights import DecoderModel, Ternary
from edgesdk.errors import ModelRefused
from edgesdk_backends.fpga.weights.writer import write_model
from tests.decoder.models import random_model


class Changed:
    """Weights with some members replaced."""

    def __init__(self, model: DecoderModel, **members: Any) -> None:
        self._weights = model.weights
        for name, value in members.items():
            setattr(self, name, lambda *index, value=value: value)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._weights, name)


def refused(model: DecoderModel, identity: str) -> str:
    with pytest.raises(ModelRefused) as caught:
        write_model(model, io.BytesIO(), 32)
    assert caught.value.id == identity
    return f"{caught.value.what} {caught.value.evidence}"


def test_float_layers() -> None:
    assert "layers.0.query" in refused(random_model(1, ternary=False), "EDGE-02170")


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"head_size": 15}, "head_size is 15, which makes no pairs"),
        ({"head_size": 1026}, "head_size is 1026, and may be 1 to 1024"),
        ({"norm_epsilon": 0.0}, "epsilon is 0"),
        ({"vocabulary": 0}, "vocabulary is 0"),
        ({"heads": 4, "kv_heads": 3}, "4 heads cannot share 3"),
    ],
)
def test_sizes(sizes: dict[str, Any], words: str) -> None:
    model = random_model(1)
    if "norm_epsilon" in sizes or "vocabulary" in sizes:
        model = replace(model, config=replace(model.config, **sizes))
    else:
        model = random_model(1, **sizes)
    assert words in refused(model, "EDGE-02171")


def test_an_unknown_activation_and_too_few_frequencies() -> None:
    model = random_model(1)
    other = replace(model.config, activation="gelu", frequencies=(1.0,))
    said = refused(replace(model, config=other), "EDGE-02171")
    assert "gelu" in said
    assert "1 frequencies" in said


def test_weights_that_contradict_the_configuration() -> None:
    model = random_model(1)
    layer = model.weights.layer(0)
    assert isinstance(layer.up, Ternary)
    for changed, words in [
        (replace(layer, up=Ternary(layer.up.codes[:-1], 1.0)), "layers.0.up is [95, 64]"),
        (replace(layer, up=Ternary(layer.up.codes * 2, 1.0)), "not -1, 0 or 1"),
        (replace(layer, ffn_sub_norm=None), "ffn_sub_norm is absent"),
        (replace(layer, ffn_norm=layer.ffn_norm[1:]), "ffn_norm is [63]"),
    ]:
        wrong = replace(model, weights=Changed(model, layer=changed))
        assert words in refused(wrong, "EDGE-02138")
    wrong = replace(model, weights=Changed(model, embedding=np.zeros((3, 64), np.float32)))
    assert "embedding is [3, 64]" in refused(wrong, "EDGE-02138")
    wrong = replace(random_model(1, tied=False), weights=Changed(model, head=None))
    assert "head is absent" in refused(wrong, "EDGE-02138")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers(value: float) -> None:
    model = random_model(1)
    layer = model.weights.layer(0)
    embedding = np.array(model.weights.embedding())
    embedding[5, 5] = value
    norm = layer.ffn_norm.copy()
    norm[3] = value
    for members, name in [
        ({"embedding": embedding}, "head"),
        ({"layer": replace(layer, ffn_norm=norm)}, "ffn_norm"),
        ({"layer": replace(layer, up=Ternary(layer.up.codes, value))}, "up"),  # type: ignore[union-attr]
    ]:
        wrong = replace(model, weights=Changed(model, **members))
        assert name in refused(wrong, "EDGE-02137")
