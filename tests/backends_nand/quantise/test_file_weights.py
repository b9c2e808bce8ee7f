"""The floats that a model file stands for, and which files are the model's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edgesdk.decoder.weights import DecoderModel, Dense, Layer, Ternary
from edgesdk_backends.nand.quantise.file_weights import FileWeights, require_same_weights
from edgesdk_backends.nand.quantise.model_file import ModelFile
from tests.backends_nand.quantise.model_bytes import as_floats, content_of
from tests.decoder.models import Changed, random_model

LINEARS = ("query", "key", "value", "output", "gate", "up", "down")


@pytest.mark.parametrize(("weights", "most"), [("ternary", 0), ("w8a8", 0.02), ("w4a16", 0.2)])
def test_they_are_the_models_but_for_rounding(weights: str, most: float) -> None:
    model = random_model(4, ternary=weights == "ternary")
    with ModelFile.of(content_of(model, weights)) as file:
        found = FileWeights(file).layer(1)
        wanted = model.weights.layer(1)
        for name in LINEARS:
            one, other = (as_floats(getattr(layer, name)) for layer in (found, wanted))
            assert np.sqrt(np.square(one - other).mean()) <= most * other.std()
        for name in ("attention_norm", "attention_sub_norm", "ffn_norm", "ffn_sub_norm"):
            assert np.array_equal(getattr(found, name), getattr(wanted, name))
        head, embedding = FileWeights(file).head(), model.weights.embedding()
        assert np.abs(head - embedding).max() < 0.02 * np.abs(embedding).max()
        require_same_weights(model, file)


def _odd_rows(layer: Layer) -> Layer:
    """Nothing, almost nothing, one large weight, and a row as large as floats go."""
    assert isinstance(layer.down, Dense)
    rows = layer.down.weights.copy()
    rows[0], rows[1], rows[2, 0], rows[3] = 0, 1e-31, 1e3, 1e30
    return replace(layer, down=Dense(rows))


def _negative(layer: Layer) -> Layer:
    assert isinstance(layer.down, Ternary)
    nothing = replace(layer.up, scale=0.0)
    return replace(layer, down=replace(layer.down, scale=-layer.down.scale), up=nothing)


@pytest.mark.parametrize(
    ("weights", "change"), [("w8a8", _odd_rows), ("w4a16", _odd_rows), ("ternary", _negative)]
)
def test_odd_weights_are_the_models_too(weights: str, change: Any) -> None:
    drawn = random_model(5, ternary=weights == "ternary")
    model: DecoderModel = replace(drawn, weights=Changed(drawn, change))
    with ModelFile.of(content_of(model, weights)) as file:
        require_same_weights(model, file)
