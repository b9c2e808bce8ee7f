"""The model part of a bundle: what a packer writes, a reader finds; nothing else is read."""

from __future__ import annotations

import io
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgesdk.decoder.config import ADJACENT, HALVES, RELU2
from edgesdk.decoder.reference_arithmetic import rotate
from edgesdk.decoder.weights import DecoderModel, Ternary
from edgesdk.errors import VerificationMismatch
from edgesdk_backends.fpga.weights import layout
from edgesdk_backends.fpga.weights.head_rows import port_view, quantised_rows
from edgesdk_backends.fpga.weights.index_code import port_bytes, weights_of
from edgesdk_backends.fpga.weights.layout import PackedShape
from edgesdk_backends.fpga.weights.reader import ModelFile
from edgesdk_backends.fpga.weights.writer import rotations, write_model
from tests.decoder.models import random_model

CONTEXT = 48


def packed(model: DecoderModel) -> bytes:
    file = io.BytesIO()
    write_model(model, file, CONTEXT)
    return file.getvalue()


@contextmanager
def mapped(content: bytes) -> Iterator[ModelFile]:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        found = ModelFile(file.fileno(), 0, len(content))
    try:
        yield found
    finally:
        found.close()


MODELS: dict[str, dict[str, Any]] = {
    "plain": {},
    "odd sizes": {"hidden": 80, "heads": 5, "kv_heads": 1, "intermediate": 112, "vocabulary": 37},
    "adjacent pairs": {"pairing": ADJACENT},
    "relu squared": {"activation": RELU2, "sub_norms": False},
    "a head of its own": {"tied": False, "half": True},
}


@pytest.mark.parametrize("sizes", MODELS.values(), ids=MODELS)
def test_every_weight_is_found_again(sizes: dict[str, Any]) -> None:
    model = random_model(4, **sizes)
    with mapped(packed(model)) as file:
        streams = np.stack([file.bytes_of(f"weights_{port}") for port in range(4)])
        place = 0
        for index in range(model.config.layers):
            layer = model.weights.layer(index)
            for name, (rows, inputs) in file.shape.matrices().items():
                size = port_bytes(rows, inputs)
                codes = weights_of(streams[:, place : place + size], rows, inputs)
                wanted = getattr(layer, name)
                if name in ("query", "key") and model.config.pairing == HALVES:
                    codes = _halves_apart(codes, model.config.head_size)
                assert np.array_equal(codes, wanted.codes), name
                place += size
        assert place == streams.shape[1]


def _halves_apart(codes: Any, head_size: int) -> Any:
    """Row 2 i of a head back to i, row 2 i + 1 to i + half."""
    heads = codes.reshape(-1, head_size, codes.shape[1])
    return np.concatenate([heads[:, 0::2], heads[:, 1::2]], axis=1).reshape(codes.shape)


@pytest.mark.parametrize("sub_norms", [True, False])
def test_norms_and_scales_stand_where_the_specification_says(sub_norms: bool) -> None:
    model = random_model(5, sub_norms=sub_norms)
    with mapped(packed(model)) as file:
        found = file.floats("parameters").copy()
    place = 0
    for index in range(model.config.layers):
        layer = model.weights.layer(index)
        for name in ("attention_norm", "attention_sub_norm", "ffn_norm", "ffn_sub_norm"):
            norm = getattr(layer, name)
            size = 96 if name == "ffn_sub_norm" else 64
            wanted = np.zeros(size) if norm is None else norm
            assert np.array_equal(found[place : place + size], wanted)
            place += size
        linears = [getattr(layer, name) for name in layout.MATRICES]
        assert all(isinstance(linear, Ternary) for linear in linears)
        scales = np.array([linear.scale / 127 for linear in linears], np.float32)
        assert np.array_equal(found[place : place + 7], scales)
        assert not found[place + 7 : place + 16].any()
        place += 16
    assert np.array_equal(found[place:], model.weights.final_norm())


def test_rotations_turn_as_the_reference_does() -> None:
    config = random_model(1, pairing=ADJACENT).config
    table = rotations(config, CONTEXT)
    x = np.random.default_rng(1).normal(size=(CONTEXT, 1, config.head_size)).astype(np.float32)
    wanted = rotate(x, np.arange(CONTEXT), np.array(config.frequencies, np.float32), ADJACENT)
    a, b = x[:, 0, 0::2], x[:, 0, 1::2]
    cosine, sine = table[..., 0], table[..., 1]
    assert np.array_equal(a * cosine - b * sine, wanted[:, 0, 0::2])
    assert np.array_equal(b * cosine + a * sine, wanted[:, 0, 1::2])


def test_the_head_is_int8_and_shared_by_four_ports() -> None:
    values = np.random.default_rng(2).normal(size=(21, 80)).astype(np.float32)
    values[7] = 0
    rows, scales = quantised_rows(values)
    assert rows.shape == (21, 128)
    assert np.abs(rows[:, :80] * scales[:, None] - values).max() <= scales.max() / 2 * 1.0001
    assert not rows[:, 80:].any()
    assert not rows[7].any()
    for port in range(4):
        words = port_view(rows, port)
        assert words.shape == (21, 2, 16)
        assert np.array_equal(words[3, 1], rows[3, 64 + 16 * port : 80 + 16 * port])


@pytest.mark.parametrize("half", [True, False])
def test_the_embedding_keeps_every_bit_of_a_small_table(half: bool) -> None:
    model = random_model(6, half=half)
    with mapped(packed(model)) as file:
        assert file.shape.wide_embedding is not half
        assert np.array_equal(file.embedding(), model.weights.embedding())


# What a format wastes: TeLLMe's release has 2.064 bits for each of these weights.
SHAPES = {
    "bitnet_b1_58-large": (32002, 1536, 4096, 24, 16, 16, 96, 2048, False),
    "bitnet_b1_58-xl": (32002, 2048, 5460, 24, 32, 32, 64, 2048, False),
    "2B4T": (128256, 2560, 6912, 30, 20, 5, 128, 4096, True),
}


def shaped(*numbers: Any) -> PackedShape:
    sizes = dict(zip(layout.MOST, numbers[:8], strict=True))
    return PackedShape(**sizes, relu_squared=numbers[8], sub_norms=True, tied=True,
                       wide_embedding=False, epsilon=1e-5)  # fmt: skip


@pytest.mark.parametrize("numbers", SHAPES.values(), ids=SHAPES)
def test_bits_for_a_weight(numbers: tuple[Any, ...]) -> None:
    shape = shaped(*numbers)
    assert not list(shape.faults())
    assert layout.bits_per_weight(shape) <= 1.75


def test_bits_for_a_weight_of_a_real_matrix() -> None:
    """Every byte counted, of the matrices of one layer of the larger of the two."""
    model = random_model(1, hidden=1536, intermediate=4096, layers=1, heads=16, kv_heads=16)
    with mapped(packed(model)) as file:
        size = sum(file.bytes_of(f"weights_{port}").size for port in range(4))
        assert 8 * size / file.shape.ternary_weights == layout.bits_per_weight(file.shape) < 1.68


@pytest.fixture(scope="module")
def content() -> bytes:
    return packed(random_model(1))


def refused(content: bytes) -> str:
    with pytest.raises(VerificationMismatch) as caught, mapped(content):
        pass
    assert caught.value.id == "EDGE-0766"
    return caught.value.evidence


def test_cut_anywhere_or_longer(content: bytes) -> None:
    for length in (0, 1, 8, 100, 4095, 4096, 4097, len(content) - 4096, len(content) - 1):
        refused(content[:length])
    refused(content + bytes(4096))


def test_every_bit_of_the_header_counts(content: bytes) -> None:
    """A changed one is refused, or is a number that changes no place: then what it says is read."""
    told = 0
    for bit in range(8 * (layout.HEADER.size + 2)):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            with mapped(bytes(changed)) as file:
                assert file.shape != layout.decode_header(content[:4096], len(content))
        except VerificationMismatch as error:
            assert error.id == "EDGE-0766"
            told += 1
    assert told > 8 * 56


def test_numbers_that_make_no_sense(content: bytes) -> None:
    for place, value, word in [
        (16, 0, "hidden"),
        (36, 17, "makes no pairs"),
        (20, 1 << 31, "intermedi"),
    ]:
        changed = bytearray(content)
        changed[place : place + 4] = struct.pack("<I", value)
        assert word in refused(bytes(changed))


@pytest.mark.parametrize("name", ["parameters", "rotations", "head_scales", "embedding"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_floats_that_are_no_numbers(content: bytes, name: str, value: float) -> None:
    with mapped(content) as file:
        section = layout.sections(file.shape)[name]
        assert file.shape.wide_embedding
    for place in (section.offset, section.offset + section.size // 2, section.offset + 4 * 95):
        changed = bytearray(content)
        changed[place : place + 4] = struct.pack("<f", value)
        assert name in refused(bytes(changed))


def test_an_embedding_of_halves_that_are_no_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgesdk.decoder.large_tables.PART", 1000)
    content = packed(random_model(6, half=True))
    with mapped(content) as file:
        section = layout.sections(file.shape)["embedding"]
    changed = bytearray(content)
    changed[section.offset + section.size - 1] = 0x7C
    assert "embedding" in refused(bytes(changed))


def test_what_cannot_be_mapped(tmp_path: Path) -> None:
    with (tmp_path / "empty").open("w+b") as file, pytest.raises(VerificationMismatch):
        ModelFile(file.fileno(), 0, 4096)
