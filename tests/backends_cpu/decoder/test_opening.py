"""A decoder on its way through a bundle: packed, proven, deployed, mapped where it lies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgesdk
from edgesdk.decoder import golden
from edgesdk.decoder.reference import Reference
from edgesdk.decoder.session import DecoderSession
from edgesdk.errors import FormatRefused, InternalFault, UsageError
from edgesdk.formats import read_source
from tests.models.llama2c_random import random_llama2c
from tests.models.variants import bitnet

PROMPT = [1, 5, 2]


@pytest.fixture
def source(user_folder: Path) -> Path:
    path = user_folder / "small.bin"
    path.write_bytes(random_llama2c(seed=1))
    return path


@pytest.fixture
def bundle(source: Path) -> Path:
    path = source.with_suffix(".edge")
    edgesdk.compile(source, "cpu", output=path, vectors=2).close()
    return path


def test_a_bundle_in_place_answers_as_the_reference(source: Path, bundle: Path) -> None:
    model = read_source(source).decoder
    assert model is not None
    with edgesdk.load(bundle, "cpu:") as session:
        assert isinstance(session, DecoderSession)
        got = session.prefill(PROMPT)
        assert session.position == 3
    np.testing.assert_allclose(got, Reference(model).prefill(PROMPT), rtol=1e-3, atol=1e-3)


def test_an_installed_one_gives_the_same_bits(bundle: Path, tmp_path: Path) -> None:
    with edgesdk.load(bundle, "cpu:") as session:
        want = session.prefill(PROMPT)  # type: ignore[attr-defined]
    with (
        edgesdk.read_bundle(bundle, None) as opened,
        edgesdk.connect(f"cpu:?store={tmp_path}") as device,
    ):
        edgesdk.deploy(opened, device)
        with device.open("small") as session:
            assert np.array_equal(session.prefill(PROMPT), want)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "options", ["threads=1", "form=plain", "kv=int8", "context=20", "kv=float32"]
)
def test_options_of_the_address(bundle: Path, options: str) -> None:
    with edgesdk.load(bundle, f"cpu:?{options}") as session:
        inner: Any = session
        assert inner.prefill(PROMPT).shape == (64,)
        assert inner.context == (20 if options == "context=20" else 64)


@pytest.mark.parametrize("options", ["kv=int9", "context=65", "threads=x", "form=mmx", "heat=1"])
def test_wrong_options_of_the_address(bundle: Path, options: str) -> None:
    with pytest.raises(UsageError):
        edgesdk.load(bundle, f"cpu:?{options}")


@pytest.mark.parametrize("options", [{"packing": "3"}, {"head": "int2"}, {"kernels": "default"}])
def test_wrong_options_of_compile(source: Path, options: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        edgesdk.compile(source, "cpu", options=options)


@pytest.mark.parametrize(
    ("given", "effective"),
    [
        ({}, {"head": "float32", "rescore": "0"}),  # a small head has every bit already
        ({"head": "int8"}, {"head": "int8", "rescore": "16"}),
        ({"head": "int4", "rescore": "200"}, {"head": "int4", "rescore": "64"}),
        ({"head": "float16", "rescore": "9"}, {"head": "float16", "rescore": "0"}),
    ],
)
def test_a_bundle_tells_options_as_they_took_effect(
    source: Path, given: dict[str, str], effective: dict[str, str]
) -> None:
    with edgesdk.compile(source, "cpu", options=given, vectors=1) as made:
        assert made.manifest.provenance.options == effective


@pytest.mark.parametrize("packing", [None, "base3", "two-bit"])
def test_ternary_weights_have_a_packing(user_folder: Path, packing: str | None) -> None:
    given = {"packing": packing} if packing else {}
    with edgesdk.compile(bitnet(user_folder, 2), "cpu", options=given, vectors=1) as made:
        found = made.manifest.provenance.options["packing"]
    assert found == packing if packing else found in ("base3", "two-bit")


def test_one_wrong_byte_of_the_weights_is_refused(bundle: Path) -> None:
    with edgesdk.read_bundle(bundle, None) as opened:
        part = opened.manifest.part("model")
        _, offset = opened.located(part)
    content = bytearray(bundle.read_bytes())
    content[offset + part.size // 2] ^= 1
    bundle.write_bytes(content)
    with pytest.raises(FormatRefused) as refused:
        edgesdk.load(bundle, "cpu:")
    assert refused.value.id == "EDGE-0816"


def test_an_engine_that_is_wrong_is_not_believed(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Backwards(Reference):
        def prefill(self, tokens: Any, *, every: bool = False) -> Any:
            return -super().prefill(tokens, every=every)

    monkeypatch.setattr(golden, "Reference", Backwards)
    with pytest.raises(InternalFault) as refused:
        edgesdk.compile(source, "cpu")
    assert refused.value.id == "EDGE-0140"


def test_samples_of_ones_own(source: Path) -> None:
    prompts = [{"tokens": np.array(tokens, np.int32)} for tokens in ([1], [7, 7, 7, 7])]
    with edgesdk.compile(source, "cpu", samples=prompts) as made:
        assert made.manifest.golden.vectors == 2
        assert made.manifest.golden.executor == golden.EXECUTOR


def test_a_prompt_that_leaves_no_room_is_refused(source: Path) -> None:
    prompts = [{"tokens": np.zeros(60, np.int32)}]
    with pytest.raises(UsageError):
        edgesdk.compile(source, "cpu", samples=prompts)
