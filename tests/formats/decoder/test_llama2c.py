"""Checkpoints of llama2.c: known bytes, real files, and files that are none."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

from edgesdk.decoder.config import ADJACENT, SILU
from edgesdk.decoder.weights import Dense, Layer
from edgesdk.errors import EdgeError, ModelRefused
from edgesdk.formats import read_source

# dim 4, ffn 6, 2 layers, 2 heads, 1 key head, 5 tokens, context 3.
SIZES = (4, 6, 2, 2, 1, 5, 3)
ORDER_0 = (
    ("embedding", 20),
    ("attention_norm", 2 * 4),
    ("query", 2 * 16),
    ("key", 2 * 8),
    ("value", 2 * 8),
    ("output", 2 * 16),
    ("ffn_norm", 2 * 4),
    ("gate", 2 * 24),
    ("down", 2 * 24),
    ("up", 2 * 24),
    ("final_norm", 4),
    ("rotations", 2 * 3),
)
ORDER_1 = (
    *(ORDER_0[i] for i in (1, 6, 10, 0)),
    *(ORDER_0[i] for i in (2, 3, 4, 5, 7, 8, 9)),
)


def content(header: bytes, order: tuple[tuple[str, int], ...]) -> tuple[bytes, dict[str, int]]:
    """A file whose weights count from 0, and where each tensor begins."""
    starts, at = {}, 0
    for name, count in order:
        starts[name], at = at, at + count
    return header + np.arange(at, dtype="<f4").tobytes(), starts


def version_0(vocabulary: int = 5, order: tuple[tuple[str, int], ...] = ORDER_0):
    sizes = (*SIZES[:5], vocabulary, SIZES[6])
    return content(struct.pack("<7i", *sizes), order)


def head_of(version: int, tied: bool, group: int = 0) -> bytes:
    head = struct.pack("<Ii7iBi", 0x616B3432, version, *SIZES, tied, group)
    return head.ljust(256, b"\0")


def check_layer(layer: Layer, starts: dict[str, int], index: int) -> None:
    for name, shape in (
        ("query", (4, 4)),
        ("key", (2, 4)),
        ("value", (2, 4)),
        ("output", (4, 4)),
        ("gate", (6, 4)),
        ("up", (6, 4)),
        ("down", (4, 6)),
    ):
        linear = getattr(layer, name)
        assert isinstance(linear, Dense)
        size = shape[0] * shape[1]
        first = starts[name] + index * size
        assert np.array_equal(linear.weights, np.arange(first, first + size).reshape(shape)), name
    for name in ("attention_norm", "ffn_norm"):
        first = starts[name] + 4 * index
        assert np.array_equal(getattr(layer, name), np.arange(first, first + 4)), name
    assert layer.attention_sub_norm is None
    assert layer.ffn_sub_norm is None


def test_version_0_has_each_tensor_where_the_layout_says(tmp_path: Path) -> None:
    data, starts = version_0()
    (tmp_path / "m.bin").write_bytes(data)
    source = read_source(tmp_path / "m.bin")
    model = source.decoder
    assert model is not None
    assert (source.format, source.content, source.operators) == ("llama2.c", b"", ())
    assert [spec.describe() for spec in source.inputs] == ["int32[tokens]"]
    assert [spec.describe() for spec in source.outputs] == ["int32[3]"]  # its whole context
    config = model.config
    assert (config.vocabulary, config.hidden, config.intermediate) == (5, 4, 6)
    assert (config.layers, config.heads, config.kv_heads, config.head_size) == (2, 2, 1, 2)
    assert (config.context, config.pairing, config.activation) == (3, ADJACENT, SILU)
    assert (config.tied, config.sub_norms, config.frequencies) == (True, False, (1.0,))
    for index in range(2):
        check_layer(model.weights.layer(index), starts, index)
    assert np.array_equal(model.weights.embedding(), np.arange(20).reshape(5, 4))
    first = starts["final_norm"]
    assert np.array_equal(model.weights.final_norm(), np.arange(first, first + 4))
    assert model.weights.head() is None
    assert model.vocabulary is None
    with pytest.raises(IndexError):
        model.weights.layer(2)


def test_a_negative_vocabulary_has_a_head_of_its_own(tmp_path: Path) -> None:
    data, starts = version_0(-5, (*ORDER_0, ("head", 20)))
    (tmp_path / "m.bin").write_bytes(data)
    model = read_source(tmp_path / "m.bin").decoder
    assert model is not None
    assert not model.config.tied
    first = starts["head"]
    head = model.weights.head()
    assert head is not None
    assert np.array_equal(head, np.arange(first, first + 20).reshape(5, 4))


@pytest.mark.parametrize("tied", [True, False])
def test_version_1_has_its_norms_first(tmp_path: Path, tied: bool) -> None:
    order = ORDER_1 if tied else (*ORDER_1, ("head", 20))
    data, starts = content(head_of(1, tied), order)
    (tmp_path / "m.bin").write_bytes(data)
    model = read_source(tmp_path / "m.bin").decoder
    assert model is not None
    check_layer(model.weights.layer(1), starts, 1)
    first = starts["embedding"]
    expected = np.arange(first, first + 20).reshape(5, 4)
    assert np.array_equal(model.weights.embedding(), expected)
    assert (model.weights.head() is None) == tied


def test_version_2_has_codes_and_scales(tmp_path: Path) -> None:
    norms = np.ones(2 * 4 + 2 * 4 + 4, "<f4").tobytes()
    counts = [20, *[count for name, count in ORDER_1[4:] for count in [count // 2] * 2]]
    body, value = b"", 0
    for count in counts:  # groups of two: codes, then a scale for each pair
        codes = (np.arange(value, value + count) % 100).astype(np.int8)
        scales = np.full(count // 2, 0.5, "<f4")
        scales[-1] = 2.0
        body += codes.tobytes() + scales.tobytes()
        value += count
    (tmp_path / "m.bin").write_bytes(head_of(2, True, 2) + norms + body)
    model = read_source(tmp_path / "m.bin").decoder
    assert model is not None
    expected = np.arange(20) * 0.5
    expected[-2:] *= 4
    assert np.array_equal(model.weights.embedding(), expected.reshape(5, 4))
    query = model.weights.layer(1).query
    assert isinstance(query, Dense)
    expected = ((np.arange(16) + 20 + 16) % 100) * 0.5
    expected[-2:] *= 4
    assert np.array_equal(query.weights, expected.reshape(4, 4))


def test_the_story_model_and_its_tokenizer(data: Path, tmp_path: Path) -> None:
    source = read_source(data / "lm-weights" / "stories260K.bin")
    model = source.decoder
    assert model is not None
    assert source.sha256 == "b0a507e7ad0f626624f17112325e66691f9076d622e1d3274d103d00299f2696"
    config = model.config
    assert (config.vocabulary, config.hidden, config.intermediate) == (512, 64, 172)
    assert (config.layers, config.heads, config.kv_heads, config.context) == (5, 8, 4, 512)
    assert config.frequencies == pytest.approx((1.0, 0.1, 0.01, 0.001))
    for index in range(5):
        layer = model.weights.layer(index)
        assert isinstance(layer.down, Dense)
        assert layer.down.weights.shape == (64, 172)
        # Trained norms are near one, matrices small: a wrong offset would mix the two.
        assert 0.3 < float(np.mean(layer.ffn_norm)) < 4
        assert 0.01 < float(np.std(layer.down.weights)) < 0.5
    assert model.vocabulary is not None
    assert (model.vocabulary.kind, model.vocabulary.beginning) == ("sentencepiece", 1)
    assert 2 in model.vocabulary.stops
    shutil.copy(data / "lm-weights" / "stories260K.bin", tmp_path)
    alone = read_source(tmp_path / "stories260K.bin").decoder
    assert alone is not None
    assert alone.vocabulary is None


def test_an_int8_checkpoint_of_somebody_else(data: Path) -> None:
    folder = data / "lm-weights" / "llama2c-pr468-mcu"
    model = read_source(folder / "model_qint80.bin").decoder
    assert model is not None
    assert (model.config.vocabulary, model.config.context) == (1024, 64)
    layer = model.weights.layer(3)
    assert isinstance(layer.gate, Dense)
    assert 0.01 < float(np.std(layer.gate.weights)) < 0.5
    with pytest.raises(ModelRefused):
        read_source(folder / "model_mcu.bin")


def test_a_tokenizer_of_another_size_is_refused(data: Path, tmp_path: Path) -> None:
    (tmp_path / "m.bin").write_bytes(version_0()[0])
    shutil.copy(data / "lm-weights" / "tok512.bin", tmp_path / "tokenizer.bin")
    with pytest.raises(ModelRefused):
        read_source(tmp_path / "m.bin")


def test_any_other_length_is_refused(tmp_path: Path) -> None:
    data, _ = version_0()
    path = tmp_path / "m.bin"
    for changed in (*(data[:end] for end in (0, 1, 27, 28, 100, len(data) - 1)), data + b"\0"):
        path.write_bytes(changed)
        with pytest.raises(ModelRefused) as caught:
            read_source(path)
        assert caught.value.id in ("EDGE-02100", "EDGE-02101")


@pytest.mark.parametrize("place", range(7))
@pytest.mark.parametrize("value", [0, -(2**31), 2**31 - 1, 65_537])
def test_any_size_that_contradicts_the_file_is_refused(
    tmp_path: Path, place: int, value: int
) -> None:
    data = bytearray(version_0()[0])
    struct.pack_into("<i", data, 4 * place, value)
    (tmp_path / "m.bin").write_bytes(data)
    with pytest.raises(ModelRefused) as caught:
        read_source(tmp_path / "m.bin")
    assert caught.value.id in ("EDGE-02100", "EDGE-02101")


@pytest.mark.parametrize(
    "header", [head_of(3, True), head_of(2, True, 0), head_of(2, True, 3), head_of(2, True, -4)]
)
def test_versions_and_groups_that_are_not_there(tmp_path: Path, header: bytes) -> None:
    (tmp_path / "m.bin").write_bytes(header)
    with pytest.raises(ModelRefused):
        read_source(tmp_path / "m.bin")


def test_a_value_that_is_no_number_is_refused_with_its_name(tmp_path: Path) -> None:
    data, starts = version_0()
    broken = bytearray(data)
    struct.pack_into("<f", broken, 28 + 4 * (starts["gate"] + 30), float("nan"))
    (tmp_path / "m.bin").write_bytes(broken)
    model = read_source(tmp_path / "m.bin").decoder
    assert model is not None
    model.weights.layer(0)
    with pytest.raises(ModelRefused, match="gate of layer 1") as caught:
        model.weights.layer(1)
    assert caught.value.id == "EDGE-02107"


def test_an_int8_group_whose_scale_is_no_number(tmp_path: Path) -> None:
    norms = np.ones(20, "<f4").tobytes()
    matrices = bytes(3 * (20 + 2 * (16 + 8 + 8 + 16 + 24 + 24 + 24)))
    for scale in (float("nan"), float("inf")):
        changed = bytearray(head_of(2, True, 2) + norms + matrices)
        struct.pack_into("<f", changed, 256 + len(norms) + 20, scale)
        (tmp_path / "m.bin").write_bytes(changed)
        model = read_source(tmp_path / "m.bin").decoder
        assert model is not None
        with pytest.raises(ModelRefused, match="embedding") as caught:
            model.weights.embedding()
        assert caught.value.id == "EDGE-02107"


def test_a_file_that_changes_after_it_was_opened(tmp_path: Path) -> None:
    path = tmp_path / "m.bin"
    path.write_bytes(version_0()[0])
    model = read_source(path).decoder
    assert model is not None
    with path.open("r+b") as file:
        file.truncate(60)
    with pytest.raises(EdgeError) as caught:
        model.weights.embedding()
    assert caught.value.id == "EDGE-02110"


def test_what_is_no_file_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(EdgeError) as caught:
        read_source(tmp_path / "absent.bin")
    assert caught.value.id == "EDGE-0210"
    with pytest.raises(EdgeError) as caught:
        read_source(tmp_path / "nul\0.bin")
    assert caught.value.id == "EDGE-0210"
