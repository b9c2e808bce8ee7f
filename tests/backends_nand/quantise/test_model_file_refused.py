"""Damaged model files: one clear error, or a model that a pass goes through."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgesdk.bundle.strict_json import canonical
from edgesdk.decoder.config import rope_frequencies
from edgesdk.errors import EdgeError, FormatRefused
from edgesdk_backends.nand.npu.decoder import QuantisedDecoder
from edgesdk_backends.nand.npu.host_products import HostProducts
from edgesdk_backends.nand.quantise.model_file import ModelFile
from edgesdk_backends.nand.quantise.shape import START
from tests.backends_nand.quantise.model_bytes import SIZES, content_of, opened
from tests.decoder.models import random_model


@pytest.fixture(scope="module")
def whole() -> bytes:
    return content_of(random_model(1, **SIZES), "ternary")


def with_header(content: bytes, **changes: Any) -> bytes:
    """The header as canonical JSON of other values."""
    _, _, length = START.unpack_from(content)
    values = json.loads(content[START.size : START.size + length]) | changes
    text = canonical({name: value for name, value in values.items() if value is not ...})
    return (START.pack(b"EDGENAND", 1, len(text)) + text).ljust(4096, b"\0") + content[4096:]


def refused(path: Path, content: bytes) -> str:
    with pytest.raises(FormatRefused) as error:
        opened(path, content)
    return error.value.id


def test_refused_by_the_reader(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "m"
    assert opened(path, whole).shape.weights == "ternary"
    for content in (
        b"",
        whole[:100],
        whole[:4095],
        whole[:4096],
        whole[:-1],
        whole + b"\0",
        b"EDGEFPGA" + whole[8:],
        with_header(whole, layers=3),
        with_header(whole, layers=0),
        with_header(whole, layers=-1),
        with_header(whole, layers=True),
        with_header(whole, layers=2.0),
        with_header(whole, vocabulary=1 << 22, hidden=1 << 16),
        with_header(whole, vocabulary=10**30),
        with_header(whole, head_size=7),
        with_header(whole, kv_heads=3),
        with_header(whole, tied=1),
        with_header(whole, weights="w2a2"),
        with_header(whole, activation=["silu"]),
        with_header(whole, norm_epsilon=0.0),
        with_header(whole, norm_epsilon=1),
        with_header(whole, more=1),
        with_header(whole, cache=...),
        whole[:8] + struct.pack("<2I", 1, 5000) + whole[16:],
        whole[:12] + struct.pack("<I", 5) + whole[16:],
        whole.replace(b'"cache":', b'"cache" :', 1),
        whole[:4000] + b"x" + whole[4001:],
        whole.replace(b'{"activation"', b'["activation"', 1),
    ):
        assert refused(path, content) == "EDGE-0862"
    assert refused(path, whole[:8] + struct.pack("<I", 2) + whole[12:]) == "EDGE-0863"
    place = whole.index(np.array([rope_frequencies(8, 10000.0)], np.float32).tobytes())
    for bad in (np.nan, np.inf):
        damaged = whole[:place] + struct.pack("<f", bad) + whole[place + 4 :]
        assert refused(path, damaged) == "EDGE-0864"


def test_a_folder_and_a_closed_file(tmp_path: Path, whole: bytes) -> None:
    file = opened(tmp_path / "m", whole)
    file.close()
    file.close()
    with pytest.raises((FormatRefused, OSError)):
        ModelFile.at(tmp_path)


@settings(max_examples=150)
@given(drawn=st.data())
def test_damage_is_refused_or_read(
    drawn: st.DataObject, tmp_path_factory: pytest.TempPathFactory, whole: bytes
) -> None:
    """Whatever bytes change: one clear error, or a model that a pass goes through."""
    damaged = bytearray(whole)
    front = drawn.draw(st.booleans())
    for _ in range(drawn.draw(st.integers(1, 4))):
        at = drawn.draw(st.integers(0, 400 if front else len(whole) - 1))
        damaged[at] = drawn.draw(st.integers(0, 255))
    content = bytes(damaged[: drawn.draw(st.sampled_from([len(whole), len(whole) - 70, 4096]))])
    try:
        with opened(tmp_path_factory.getbasetemp() / "damaged", content) as file:
            logits = np.empty((2, file.shape.vocabulary), np.float32)
            QuantisedDecoder(file, HostProducts(file)).step(np.array([1, 2], np.int32), logits)
    except EdgeError as error:
        assert error.id in ("EDGE-0862", "EDGE-0863", "EDGE-0864", "EDGE-0775")
