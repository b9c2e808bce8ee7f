"""Quantising a decoder: smoothing is of use, and bad models are refused."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgesdk.decoder.reference import Reference
from edgesdk.decoder.weights import DecoderModel, Dense, Layer
from edgesdk.errors import ModelRefused, UsageError
from edgesdk.formats.bitnet.folder import read_folder
from edgesdk_backends.nand.npu.decoder import QuantisedDecoder
from edgesdk_backends.nand.npu.host_products import HostProducts
from edgesdk_backends.nand.quantise.model_file import ModelFile
from edgesdk_backends.nand.quantise.model_writer import default_weights, write_model
from edgesdk_backends.nand.quantise.rows import eight_bits
from edgesdk_backends.nand.quantise.smoothing import DRAWN, calibration_tokens
from edgesdk_backends.nand.quantise.tables import tables
from tests.backends_nand.quantise.model_bytes import SIZES, as_floats, content_of, opened
from tests.decoder.models import Changed, random_model


def test_smoothing_is_of_use(tmp_path: Path) -> None:
    """With inputs that are a hundred times the others, as trained models have them."""
    model = random_model(5, **SIZES, ternary=False, sub_norms=False)
    model = replace(model, weights=Changed(model, _outliers))
    tokens = list(range(16))
    wanted = Reference(model).prefill(tokens, every=True)
    away = []
    for smooth in (True, False):
        content = content_of(model, "w8a8")
        with opened(tmp_path / "m", content) as file:
            if not smooth:
                content = _unsmoothed(model, content, file)
        with opened(tmp_path / "n", content) as file:
            logits = np.empty((16, 50), np.float32)
            QuantisedDecoder(file, HostProducts(file)).step(np.array(tokens, np.int32), logits)
            away.append(float(np.abs(logits - wanted).std()))
    assert away[0] < 0.5 * away[1]


def _outliers(layer: Layer) -> Layer:
    """Two inputs of every norm are large, and the weights that they meet are small."""
    factor = np.ones(32, np.float32)
    factor[[3, 17]] = 100
    narrowed = {
        name: Dense(getattr(layer, name).weights / factor)
        for name in ("query", "key", "value", "gate", "up")
    }
    norms = {n: getattr(layer, n) * factor for n in ("attention_norm", "ffn_norm")}
    return replace(layer, **narrowed, **norms)


def _unsmoothed(model: DecoderModel, content: bytes, file: ModelFile) -> bytes:
    """The file with multipliers of 1, and the codes that belong to them."""
    changed, places = bytearray(content), tables(file.shape)

    def put(name: str, values: np.ndarray[Any, Any]) -> None:
        at = places[name].offset
        changed[at : at + values.nbytes] = np.ascontiguousarray(values).tobytes()

    for index in range(2):
        layer = model.weights.layer(index)
        for name, parts in (
            ("query_key_value", (layer.query, layer.key, layer.value)),
            ("attention_output", (layer.output,)),
            ("gate_up", (layer.gate, layer.up)),
            ("down", (layer.down,)),
        ):
            floats = np.concatenate([as_floats(part) for part in parts])
            codes, scales = eight_bits(floats)
            put(f"layers.{index}.{name}.codes", codes)
            put(f"layers.{index}.{name}.scales", scales)
            put(f"layers.{index}.{name}.smoothing", np.ones(floats.shape[1], np.float32))
    return bytes(changed)


def test_refused_by_the_writer() -> None:
    model = random_model(6, **SIZES, ternary=False)
    file = io.BytesIO()
    for options in ({"weights": "w2a2"}, {"weights": "w8a8", "cache": "float8"}):
        with pytest.raises(UsageError) as usage:
            write_model(model, file, context=16, **options)
        assert usage.value.id == "EDGE-02263"
    with pytest.raises(ModelRefused) as error:
        write_model(model, file, weights="ternary", context=16)
    assert error.value.id == "EDGE-02265"
    for changes in ({"activation": "gelu"}, {"frequencies": (1.0,)}, {"norm_epsilon": 0.0}):
        other = replace(model, config=replace(model.config, **changes))
        with pytest.raises(ModelRefused) as error:
            write_model(other, file, weights="w4a16", context=16)
        assert error.value.id == "EDGE-02264"
    with pytest.raises(ModelRefused) as error:
        write_model(model, file, weights="w4a16", context=0)
    assert error.value.id == "EDGE-02264"


def test_weights_that_contradict_their_model() -> None:
    """Found before they are joined: wrong rows could add up to the right ones."""
    model = random_model(7, **SIZES, ternary=False)
    for part, change, wanted in (
        ("query", lambda w: w[:-1], "EDGE-02138"),
        ("gate", lambda w: w[:, :-1], "EDGE-02138"),
        ("down", lambda w: w + np.float32(np.inf), "EDGE-02137"),
    ):
        other = _with(model, part, change)
        with pytest.raises(ModelRefused) as error:
            write_model(other, io.BytesIO(), weights="w4a16", context=16)
        assert error.value.id == wanted


@pytest.mark.parametrize("weights", ["w8a8", "w4a16"])
def test_weights_that_no_integer_stands_for(weights: str) -> None:
    """Finite, but not when they are smoothed: an error, or finite numbers."""
    model = random_model(9, **SIZES, ternary=False)
    for size in (3e38, 1e25, 1e-25, 1e-40):
        huge = _with(model, "up", lambda w, size=size: w * 0 + np.float32(size))
        try:
            content = content_of(huge, weights)
        except ModelRefused as error:
            assert error.id in ("EDGE-02137", "EDGE-02134")
            assert size > 1
        else:
            assert len(content) > 4096


def _with(model: DecoderModel, part: str, change: Any) -> DecoderModel:
    """Of each layer, this matrix is changed."""

    def changed(layer: Layer) -> Layer:
        return replace(layer, **{part: Dense(change(getattr(layer, part).weights))})

    return replace(model, weights=Changed(model, changed))


def test_the_default_is_what_the_model_is() -> None:
    assert default_weights(random_model(8, **SIZES)) == "ternary"
    assert default_weights(random_model(8, **SIZES, ternary=False)) == "w8a8"


def test_calibration_reads_a_text_where_there_is_a_vocabulary() -> None:
    story = read_folder(Path(__file__).resolve().parents[3] / "models" / "story").decoder
    assert story is not None
    tokens = calibration_tokens(story)
    assert 200 < len(tokens) <= story.config.context
    assert np.array_equal(tokens, calibration_tokens(story))
    assert len(calibration_tokens(random_model(1, **SIZES))) == 16  # its context
    assert len(calibration_tokens(random_model(1, **SIZES | {"context": 64}))) == DRAWN
