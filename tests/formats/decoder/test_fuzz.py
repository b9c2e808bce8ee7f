"""Any bytes in a decoder's files end in a model or in one error, soon and in little memory."""

from __future__ import annotations

import json
import os
import struct
import time
import tracemalloc
from copy import deepcopy
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from gguf import GGMLQuantizationType as Type
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgesdk.errors import EdgeError
from edgesdk.formats import read_source
from tests.formats.decoder import folder_builder, gguf_builder
from tests.formats.decoder.test_gguf_frame import WHOLE
from tests.formats.decoder.test_gguf_vocabulary import bpe, pieces
from tests.formats.decoder.test_llama2c import ORDER_1, content, head_of, version_0

EXAMPLES = int(os.environ.get("EDGESDK_FUZZ_EXAMPLES", "25"))
SECONDS = 5.0
BYTES = 64 << 20  # for files of some hundred kilobytes
SETTINGS = settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NUMBERS = [0, 1, 2, 4, 8, 127, 128, 255, 2**16, 2**31 - 1, 2**31, 2**32 - 4, 2**32 - 1]
VALUES: list[Any] = [
    None, True, -1, 0, 1, 3, 2**31, 2**63, 10**400, 0.5, -0.0, 1e308, "", "0", "\x00", "llama",
    [], {}, [[]], [0], {"a": 1}, "x" * 3000,
]  # fmt: skip


@cache
def seeds(suffix: str) -> tuple[bytes, ...]:
    """Small well-formed files that between them have every kind of part."""
    if suffix == "bin":
        norms = struct.pack("<20f", *[1.0] * 20)
        groups = norms + bytes(3 * (20 + 2 * (16 + 8 + 8 + 16 + 24 + 24 + 24)))
        return (version_0()[0], content(head_of(1, True), ORDER_1)[0], head_of(2, True, 2) + groups)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "m"
        bitnet, llama = gguf_builder.tensors("bitnet"), gguf_builder.tensors("llama")
        for tensors in (bitnet, llama):
            embedding = tensors["token_embd.weight"]
            tensors["token_embd.weight"] = embedding.repeat(2, axis=0)
        first = gguf_builder.write(path, "bitnet", bitnet, Type.TQ2_0, bpe("gpt-2")).read_bytes()
        second = gguf_builder.write(path, "llama", llama, Type.TQ1_0, pieces).read_bytes()
    return (WHOLE, first, second)


@st.composite
def mutated(draw: st.DrawFn, suffix: str) -> bytes:
    """A file with a few places of its first part overwritten, cut out, doubled or cut off."""
    data = bytearray(draw(st.sampled_from(seeds(suffix))))
    head = min(len(data), 8000)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(min(head, len(data)) - 8, 0)))
        kind = draw(st.sampled_from(["bit", "byte", "number", "long", "cut", "double", "end"]))
        if not data or kind == "end":
            data = data[:at]
        elif kind == "bit":
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "byte":
            data[at] = draw(st.integers(0, 255))
        elif kind == "number":
            data[at : at + 4] = struct.pack("<I", draw(st.sampled_from(NUMBERS)))
        elif kind == "long":
            shift = draw(st.integers(0, 63))
            data[at : at + 8] = struct.pack("<Q", 1 << shift)
        else:
            end = at + draw(st.integers(1, 64))
            data[at:end] = data[at:end] * 2 if kind == "double" else b""
    return bytes(data)


def settled(path: Path) -> bool:
    """Whether it was read and can be used, or refused; within the limits of time and memory."""
    tracemalloc.start()
    began = time.monotonic()
    try:
        model = read_source(path).decoder
        assert model is not None
        model.weights.embedding()
        model.weights.final_norm()
        model.weights.head()
        model.weights.layer(0)
        model.weights.layer(model.config.layers - 1)
    except EdgeError as error:
        assert error.exit_code == 2
        assert len(str(error)) < 4000
        return False
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < BYTES
        assert time.monotonic() - began < SECONDS
    return True


@pytest.mark.parametrize("suffix", ["bin", "gguf"])
def test_the_seeds_are_well_formed(suffix: str, tmp_path: Path) -> None:
    for number, data in enumerate(seeds(suffix)):
        path = tmp_path / f"m{number}.{suffix}"
        path.write_bytes(data)
        assert settled(path) == (data is not WHOLE)


@pytest.mark.parametrize("suffix", ["bin", "gguf"])
@SETTINGS
@given(data=st.data())
def test_damaged_files(suffix: str, data: st.DataObject, tmp_path: Path) -> None:
    path = tmp_path / f"m.{suffix}"
    path.write_bytes(data.draw(mutated(suffix)))
    settled(path)


@pytest.mark.parametrize("suffix", ["bin", "gguf"])
@SETTINGS
@given(data=st.binary(max_size=600), magic=st.booleans())
def test_random_bytes(suffix: str, data: bytes, magic: bool, tmp_path: Path) -> None:
    path = tmp_path / f"m.{suffix}"
    start = b"GGUF\3\0\0\0" if suffix == "gguf" else struct.pack("<Ii", 0x616B3432, 1)
    path.write_bytes(start + data if magic else data)
    settled(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A packed folder with a tokenizer and settings."""
    tensors = folder_builder.tensors(sub_norms=folder_builder.SUB_NORMS, packed=True)
    config = {**folder_builder.BITNET, "quantization_config": folder_builder.AUTO}
    path = folder_builder.write(tmp_path_factory.mktemp("fuzz") / "m", config, tensors)
    (path / "tokenizer.json").write_bytes(folder_builder.tokenizer())
    (path / "tokenizer_config.json").write_text('{"bos_token": "<s>", "chat_template": "t"}')
    (path / "generation_config.json").write_text('{"eos_token_id": [1, 2]}')
    assert settled(path)
    return path


@st.composite
def header(draw: st.DrawFn, whole: bytes) -> bytes:
    """A safetensors file whose header is cut, or has a value of another kind somewhere."""
    length = struct.unpack("<Q", whole[:8])[0]
    text, data = whole[8 : 8 + length], whole[8 + length :]
    kind = draw(st.sampled_from(["value", "text", "length", "end"]))
    if kind == "value":
        text = json.dumps(draw(replaced(json.loads(text)))).encode()
    elif kind == "text":
        at = draw(st.integers(0, len(text) - 1))
        text = text[:at] + draw(st.binary(min_size=1, max_size=4)) + text[at + 1 :]
    elif kind == "end":
        data = data[: draw(st.integers(0, len(data)))]
    claimed = draw(st.integers(0, 2**64 - 1)) if kind == "length" else len(text)
    return struct.pack("<Q", claimed) + text + data


@st.composite
def replaced(draw: st.DrawFn, document: Any) -> Any:
    """A JSON document with other values in one to three places."""
    document = deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        place = document
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            inner = place[key]
            if not isinstance(inner, (dict, list)) or not inner or draw(st.integers(0, 2)) == 0:
                place[key] = deepcopy(draw(st.sampled_from(VALUES)))
                break
            place = inner
    return document


@SETTINGS
@given(data=st.data())
def test_headers_of_safetensors(data: st.DataObject, folder: Path) -> None:
    path = folder / "model.safetensors"
    whole = path.read_bytes()
    try:
        path.write_bytes(data.draw(header(whole)))
        settled(folder)
    finally:
        path.write_bytes(whole)


@pytest.mark.parametrize(
    "name",
    ["config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json"],
)
@SETTINGS
@given(data=st.data())
def test_descriptions(name: str, data: st.DataObject, folder: Path) -> None:
    path = folder / name
    whole = path.read_text()
    try:
        path.write_text(json.dumps(data.draw(replaced(json.loads(whole)))))
        settled(folder)
    finally:
        path.write_text(whole)
