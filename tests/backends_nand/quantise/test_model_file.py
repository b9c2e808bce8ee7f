"""Model files: what is written is read, by the specification."""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgesdk.bundle.strict_json import canonical
from edgesdk.decoder.config import rope_frequencies
from edgesdk_backends.nand.quantise.shape import ModelShape, encode_header
from tests.backends_nand.quantise.model_bytes import SIZES, WEIGHTS, as_floats, content_of, opened
from tests.decoder.models import random_model


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("tied", [False, True])
def test_as_the_page_specifies(weights: str, tied: bool) -> None:
    """A reader of its own: docs/nand-model-file.md, table by table."""
    model = random_model(2, **SIZES, tied=tied, ternary=weights == "ternary")
    content = content_of(model, weights)
    magic, version, length = struct.unpack_from("<8sII", content)
    assert (magic, version) == (b"EDGENAND", 1)
    header = json.loads(content[16 : 16 + length])
    assert header["weights"] == weights and header["tied"] is tied
    place = 4096

    def take(dtype: str, *sizes: int) -> np.ndarray[Any, Any]:
        nonlocal place
        found = np.frombuffer(content, dtype, int(np.prod(sizes)), place).reshape(sizes)
        place += -(-found.nbytes // 64) * 64
        return found

    def matrix(rows: int, inputs: int, bits: int, smoothed: bool) -> np.ndarray[Any, Any]:
        packed = take("u1", rows, -(-inputs * bits // 8))
        fields = (packed[..., None] >> np.arange(0, 8, bits) & (1 << bits) - 1).reshape(rows, -1)
        fields = fields[:, :inputs].astype(np.int64)
        codes = np.where(fields >= 1 << (bits - 1), fields - (1 << bits), fields)
        codes = np.select([fields == 1, fields == 2], [1, -1]) if bits == 2 else codes
        scales = take("<f4", rows)
        multiplied = take("<f4", inputs) if smoothed else np.ones(inputs)
        return codes * scales[:, None] * multiplied

    bits, smoothed = {"w8a8": 8, "w4a16": 4, "ternary": 2}[weights], weights == "w8a8"
    near = {8: 0.01, 4: 0.08, 2: 1e-7}[bits]
    assert np.array_equal(take("<f4", 4), np.array(model.config.frequencies, np.float32))
    wide = "<f4" if header["wide_embedding"] else "<f2"
    assert np.array_equal(take(wide, 50, 32), model.weights.embedding())
    for index in range(2):
        layer = model.weights.layer(index)
        assert np.array_equal(take("<f4", 32), layer.attention_norm)
        assert np.array_equal(take("<f4", 32), layer.ffn_norm)
        assert np.array_equal(take("<f4", 32), layer.attention_sub_norm)
        assert np.array_equal(take("<f4", 40), layer.ffn_sub_norm)
        joined = (
            (layer.query, layer.key, layer.value),
            (layer.output,),
            (layer.gate, layer.up),
            (layer.down,),
        )
        for parts in joined:
            floats = np.concatenate([as_floats(part) for part in parts])
            found = matrix(*floats.shape, bits, smoothed)
            assert np.abs(found - floats).max() < near
    assert np.array_equal(take("<f4", 32), model.weights.final_norm())
    head = model.weights.embedding() if tied else model.weights.head()
    assert np.abs(matrix(50, 32, 8, smoothed) - head).max() < 0.01
    assert place - 64 < len(content) <= place


@pytest.mark.parametrize("weights", WEIGHTS)
def test_the_same_twice_and_its_own_config(weights: str, tmp_path: Path) -> None:
    model = random_model(3, **SIZES)
    content = content_of(model, weights)
    assert content == content_of(model, weights)
    with opened(tmp_path / "m", content) as file:
        frequencies = tuple(map(float, np.float32(rope_frequencies(8, 10000.0))))
        assert file.config == replace(model.config, frequencies=frequencies)
        assert file.names[0] == "layers.0.query_key_value" and file.names[-1] == "head"
        assert len(file.names) == 9
        for name in file.names:
            size = file.sizes(name)
            assert file.matrix(name).shape == (size.rows, size.inputs)
            assert (file.smoothing(name) is None) == (weights != "w8a8")


def test_ternary_codes_are_as_they_were(tmp_path: Path) -> None:
    model = random_model(4, **SIZES)
    layer = model.weights.layer(1)
    with opened(tmp_path / "m", content_of(model, "ternary")) as file:
        parts = [layer.query, layer.key, layer.value]
        found = file.matrix("layers.1.query_key_value")
        assert np.array_equal(found, np.concatenate([p.codes for p in parts]))
        wanted = np.concatenate([np.full(len(p.codes), p.scale, np.float32) for p in parts])
        assert np.array_equal(file.scales("layers.1.query_key_value"), wanted)


def test_a_header_is_one_page() -> None:
    """However large its numbers are."""
    shape = ModelShape(
        vocabulary=1 << 22,
        hidden=1 << 16,
        intermediate=1 << 18,
        layers=1024,
        heads=1024,
        kv_heads=1024,
        head_size=4096,
        context=1 << 24,
        norm_epsilon=1.2345678901234567e-300,
        activation="relu2",
        pairing="adjacent",
        sub_norms=False,
        tied=False,
        wide_embedding=False,
        weights="ternary",
        cache="float16",
    )
    assert not list(shape.faults())
    assert len(encode_header(shape)) == 4096
    assert set(asdict(shape)) <= set(json.loads(canonical(asdict(shape))))
