"""I2_S tensors, whose layout a file does not name: three of them, and how they are told apart."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import GGMLQuantizationType as Type

from edgesdk.decoder.weights import Ternary
from edgesdk.errors import ModelRefused
from edgesdk.formats import read_source
from edgesdk.formats.gguf.frame import read_frame
from edgesdk.formats.gguf.i2s import ARM, ROWS, X86
from edgesdk.formats.gguf.model import read_gguf
from tests.formats.decoder import gguf_builder as builder
from tests.formats.decoder.test_gguf import LINEAR, model_of, values


def i2s_bytes(weights: Any, scale: float, layout: str) -> Any:
    """As the three forms of bitnet.cpp's quantiser write a matrix, plainly."""
    code = (np.sign(weights) + 1).astype(np.uint8)
    rows, columns = code.shape
    if layout == ROWS:
        parts = code.reshape(rows // 4, 4, columns)
    else:
        parts = code.reshape(-1, 4, 32 if layout == X86 else 16)
    packed = parts[:, 0] << 6 | parts[:, 1] << 4 | parts[:, 2] << 2 | parts[:, 3]
    return np.frombuffer(packed.tobytes() + struct.pack("<f", scale) + bytes(28), np.uint8)


def write_i2s(path: Path, tensors: dict[str, Any], layout: str) -> Path:
    """A file whose matrices are I2_S: written as bytes of int8, the types put in afterwards."""
    builder.write(path, "bitnet-b1.58", tensors, Type.F32)
    data = bytearray(path.read_bytes())
    frame = read_frame(path)
    for name, tensor in frame.tensors.items():
        if name.startswith("blk.") and len(tensor.shape) == 2:
            scale = float(np.abs(tensors[name]).max())
            packed = i2s_bytes(tensors[name], scale, layout).tobytes()
            data[tensor.offset : tensor.offset + len(packed)] = packed
            label = struct.pack("<Q", len(name)) + name.encode()
            at = data.index(label) + len(label) + 4 + 2 * 8
            data[at : at + 4] = struct.pack("<I", 36)
    path.write_bytes(data)
    return path


def agreeing(seed: int) -> dict[str, Any]:
    """Weights in which busy feed-forward entries are busy above and below, as training makes."""
    tensors = builder.tensors("bitnet-b1.58", seed)
    rng = np.random.default_rng(seed)
    for layer in range(2):
        busy = rng.uniform(0.3, 0.8, builder.CONFIG["intermediate"])
        for name, axis in (("ffn_gate", 1), ("ffn_up", 1), ("ffn_down", 0)):
            weights = tensors[f"blk.{layer}.{name}.weight"]
            share = np.expand_dims(busy, axis)
            scale = np.abs(weights).max()
            signs = rng.choice([-1, 1], weights.shape)
            drawn = rng.uniform(size=weights.shape) < share
            tensors[f"blk.{layer}.{name}.weight"] = (drawn * signs * scale).astype(np.float32)
    return tensors


@pytest.mark.parametrize("layout", [X86, ARM, ROWS])
def test_i2_s_in_the_layout_that_is_named(tmp_path: Path, layout: str) -> None:
    tensors = builder.tensors("bitnet-b1.58")
    path = write_i2s(tmp_path / "m.gguf", tensors, layout)
    model = read_gguf(path, i2s_layout=layout).decoder
    assert model is not None
    for index in range(2):
        layer = model.weights.layer(index)
        for field, name in LINEAR.items():
            linear = getattr(layer, field)
            assert isinstance(linear, Ternary)
            assert np.array_equal(values(linear), tensors[f"blk.{index}.{name}.weight"])


@pytest.mark.parametrize("layout", [X86, ARM, ROWS])
@pytest.mark.parametrize("seed", range(3))
def test_i2_s_in_the_layout_that_the_weights_show(tmp_path: Path, layout: str, seed: int) -> None:
    tensors = agreeing(seed)
    model = model_of(write_i2s(tmp_path / "m.gguf", tensors, layout))
    down = model.weights.layer(1).down
    assert np.array_equal(values(down), tensors["blk.1.ffn_down.weight"])
    assert ("note" in model.config.provenance) == (layout != X86)


@pytest.mark.parametrize("seed", range(5))
def test_i2_s_that_shows_nothing_is_in_the_published_layout(tmp_path: Path, seed: int) -> None:
    tensors = builder.tensors("bitnet-b1.58", seed)
    model = model_of(write_i2s(tmp_path / "m.gguf", tensors, X86))
    down = model.weights.layer(1).down
    assert np.array_equal(values(down), tensors["blk.1.ffn_down.weight"])


@pytest.mark.parametrize(
    ("at", "value", "id_"),
    [
        (0, b"\xff" * 64, "EDGE-02105"),  # the code that is none
        (-32, struct.pack("<f", float("nan")), "EDGE-02107"),
        (-32, struct.pack("<f", 0.0), "EDGE-02106"),
        (-32, struct.pack("<f", -1.0), "EDGE-02106"),
        (-32, struct.pack("<f", 1e30), "EDGE-02106"),
    ],
    ids=["code 3", "NaN", "zero", "negative", "huge"],
)
def test_i2_s_that_is_no_trained_model(tmp_path: Path, at: int, value: bytes, id_: str) -> None:
    path = write_i2s(tmp_path / "m.gguf", builder.tensors("bitnet-b1.58"), X86)
    tensor = read_frame(path).tensors["blk.0.attn_v.weight"]
    assert tensor.size is not None
    data = bytearray(path.read_bytes())
    begin = tensor.offset + (at if at >= 0 else tensor.size + at)
    data[begin : begin + len(value)] = value
    path.write_bytes(data)
    with pytest.raises(ModelRefused, match=r"blk\.0\.attn_v") as caught:
        read_source(path)
    assert caught.value.id == id_
