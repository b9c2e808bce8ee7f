"""Packed files that no writer makes: one clear error, or a decoder that runs; nothing else."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest

from edgesdk.decoder.weights import DecoderModel, Ternary
from edgesdk.errors import ModelRefused, UsageError, VerificationMismatch
from edgesdk_backends.cpu.decoder import layout
from edgesdk_backends.cpu.decoder.native import lib
from edgesdk_backends.cpu.decoder.options import (
    MOST_THREADS,
    OpenOptions,
    PackOptions,
    pack_options,
)
from edgesdk_backends.cpu.decoder.packed_reader import PackedDecoder
from edgesdk_backends.cpu.decoder.session import NativeDecoderSession
from edgesdk_backends.cpu.options import from_address
from tests.decoder.models import DrawnWeights, random_model

from .opened import opened, pack

SMALL = {"hidden": 32, "intermediate": 48, "layers": 1, "heads": 2, "kv_heads": 1}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = random_model(1, vocabulary=40, tied=False, **SMALL)
    return pack(model, tmp_path_factory.mktemp("packed") / "decoder.bin", head="int8", rescore=3)


def front_of(path: Path) -> int:
    with PackedDecoder(path) as packed:
        return layout.front_bytes(packed.shape, len(packed.sections))


def refused(path: Path, content: bytes) -> VerificationMismatch:
    path.write_bytes(content)
    with pytest.raises(VerificationMismatch) as caught:
        PackedDecoder(path)
    assert caught.value.code == 61
    return caught.value


def test_cut_anywhere(path: Path, tmp_path: Path) -> None:
    content, front = path.read_bytes(), front_of(path)
    for length in [*range(0, front + 1, 3), *range(front, len(content), 997), len(content) - 1]:
        refused(tmp_path / "cut.bin", content[:length])
    refused(tmp_path / "long.bin", content + bytes(64))


def change_bits(path: Path, changed: Path, places: range) -> dict[str, int]:
    """Change each bit of the front by itself; what came of it, and how often."""
    content = bytearray(path.read_bytes())
    outcomes = {"refused": 0, "opened": 0}
    for place in places:
        content[place // 8] ^= 1 << place % 8
        changed.write_bytes(content)
        outcomes[outcome(changed)] += 1
        content[place // 8] ^= 1 << place % 8
    return outcomes


def test_a_bit_of_every_byte_of_the_front(path: Path, tmp_path: Path) -> None:
    """Most change what must be so; the others change a constant, and the decoder still runs."""
    found = change_bits(path, tmp_path / "changed.bin", range(0, 8 * front_of(path), 11))
    assert found["refused"] > found["opened"] > 0


@pytest.mark.long
def test_every_bit_of_the_front(path: Path, tmp_path: Path) -> None:
    found = change_bits(path, tmp_path / "changed.bin", range(8 * front_of(path)))
    assert found["refused"] > found["opened"] > 0


def outcome(path: Path) -> str:
    try:
        with NativeDecoderSession(PackedDecoder(path), OpenOptions(threads=1)) as session:
            session.prefill([1, 2, 3])
    except VerificationMismatch as error:
        return {61: "refused", 62: "opened"}[error.code]
    return "opened"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[(field, value) for field in range(8) for value in (0, 0xFFFFFFFF)],
        (4, 0x80000000),  # heads * head_size that 32 bits do not hold
        (8, 9),  # activation
        (9, 4),  # flags
        (10, 257),  # logits to rescore
    ],
)
def test_numbers_of_the_header(path: Path, tmp_path: Path, field: int, value: int) -> None:
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, 16 + 4 * field, value)
    refused(tmp_path / "changed.bin", bytes(content))


@pytest.mark.parametrize("epsilon", [float("nan"), float("inf"), -1.0])
def test_the_epsilon(path: Path, tmp_path: Path, epsilon: float) -> None:
    content = bytearray(path.read_bytes())
    struct.pack_into("<f", content, 60, epsilon)
    assert "epsilon" in refused(tmp_path / "changed.bin", bytes(content)).evidence


@pytest.mark.parametrize("name", ["layers.0.attention_norm", "final_norm", "head_scales"])
def test_numbers_that_are_none(path: Path, tmp_path: Path, name: str) -> None:
    with PackedDecoder(path) as packed:
        offset = packed.sections[name].offset
    content = bytearray(path.read_bytes())
    struct.pack_into("<f", content, offset + 8, float("nan"))
    assert name in refused(tmp_path / "changed.bin", bytes(content)).evidence


@pytest.mark.parametrize("scale", [float("nan"), float("inf"), float("-inf")])
def test_scales_that_are_none(path: Path, tmp_path: Path, scale: float) -> None:
    content = bytearray(path.read_bytes())
    with PackedDecoder(path) as packed:
        index = list(packed.sections).index("layers.0.query")
        table = layout.HEADER.size + packed.shape.head_size // 2 * 4
    place = table + index * layout.SECTION.size + 12
    struct.pack_into("<f", content, place, scale)
    assert "query" in refused(tmp_path / "changed.bin", bytes(content)).evidence


def test_any_weights_run(path: Path, tmp_path: Path) -> None:
    """Codes that no writer makes, and float16 that are not numbers, stay within the arrays."""
    front, content = front_of(path), path.read_bytes()
    random = np.random.default_rng(3)
    with PackedDecoder(path) as packed:
        kept = [s for s in packed.sections.values() if s.kind == lib.EDGE_FLOAT32]
    for index in range(20):
        noise = bytearray(content[:front] + random.bytes(len(content) - front))
        for section in kept:
            end = section.offset + section.size
            noise[section.offset : end] = content[section.offset : end]
        (tmp_path / "noise.bin").write_bytes(noise)
        assert outcome(tmp_path / "noise.bin") == "opened", index


def test_places_within_a_file(path: Path, tmp_path: Path) -> None:
    content = path.read_bytes()
    holder = tmp_path / "holder.zip"
    holder.write_bytes(bytes(4096 + 64) + content + b"more")
    with opened(path) as session:
        wanted = session.prefill([1, 2, 3])
    with holder.open("rb") as file:
        packed = PackedDecoder(file.fileno(), 4096 + 64, len(content))
    with NativeDecoderSession(packed) as session:  # the file is closed, the map is not
        assert np.array_equal(session.prefill([1, 2, 3]), wanted)
    for offset, size in ((4096 + 64, None), (4096, len(content)), (4096 + 32, 10), (-64, 200)):
        with pytest.raises(VerificationMismatch):
            PackedDecoder(holder, offset, size)
    with pytest.raises(VerificationMismatch):
        PackedDecoder(holder, 4096 + 64, len(content) + 64)


def test_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "absent", tmp_path, tmp_path / "pipe"):
        with pytest.raises((UsageError, VerificationMismatch)) as caught:
            PackedDecoder(path)
        assert caught.value.code in (139, 61)


def changed_model(**changes: object) -> DecoderModel:
    model = random_model(1, vocabulary=40, **SMALL)
    layer = model.weights.layer(0)
    for name, value in changes.items():
        object.__setattr__(layer, name, value)
    weights = DrawnWeights(model.config, 1, ternary=True, half=False)
    object.__setattr__(weights, "layer", lambda index: layer)
    return DecoderModel(model.config, weights, None)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("query", Ternary(np.zeros((32, 32), np.int8), float("nan")), 137),
        ("query", Ternary(np.full((32, 32), 2, np.int8), 1.0), 138),
        ("query", Ternary(np.zeros((33, 32), np.int8), 1.0), 138),
        ("down", Ternary(np.zeros((48, 32), np.int8), 1.0), 138),
        ("ffn_norm", np.full(32, np.inf, np.float32), 137),
        ("ffn_norm", np.ones(31, np.float32), 138),
        ("ffn_sub_norm", None, 138),
    ],
)
def test_weights_that_are_refused(tmp_path: Path, name: str, value: object, code: int) -> None:
    with pytest.raises(ModelRefused) as caught:
        pack(changed_model(**{name: value}), tmp_path / "decoder.bin")
    assert caught.value.code == code


def test_sizes_that_are_refused(tmp_path: Path) -> None:
    for sizes in ({"hidden": 40000, "head_size": 20000}, {"kv_heads": 3}, {"head_size": 15}):
        with pytest.raises(ModelRefused) as caught:
            pack(random_model(1, **sizes), tmp_path / "decoder.bin")
        assert caught.value.code == 136


@pytest.mark.parametrize(
    ("option", "text"),
    [("packing", "base4"), ("head", "int2"), ("rescore", "-1"), ("rescore", "257"), ("kv", "int8")],
)
def test_pack_options(option: str, text: str) -> None:
    assert pack_options({"packing": "base3", "head": "int4"}) == PackOptions("base3", "int4")
    with pytest.raises(UsageError) as caught:
        pack_options({option: text})
    assert caught.value.id == "EDGE-0209"


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("kv", "int4"),
        ("form", "sse"),
        ("threads", "1025"),
        ("context", "many"),
        ("rescore", "9" * 30),
    ],
)
def test_open_options(option: str, text: str) -> None:
    good = from_address({"kv": "int8", "context": "9", "threads": "300"})
    assert good.decoder == OpenOptions("int8", 9, threads=MOST_THREADS)
    with pytest.raises(UsageError) as caught:
        from_address({option: text})
    told = caught.value
    assert told.id == "EDGE-0209"
    assert told.what == f"The option {option} of cpu: cannot be {text!r}"
    assert told.evidence and told.next_step


def test_a_form_of_another_machine(path: Path) -> None:
    form = "neon" if lib.edge_form_runs(b"avx2") else "avx512"
    with pytest.raises(UsageError) as caught:
        opened(path, form=form)
    assert caught.value.code == 135
