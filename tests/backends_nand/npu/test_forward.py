"""The forward pass: the same numbers from pages and from codes, near the float reference's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgesdk.decoder.reference import Reference
from edgesdk.errors import UsageError, VerificationMismatch
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.npu.cache import Cache
from edgesdk_backends.nand.npu.decoder import QuantisedDecoder
from edgesdk_backends.nand.npu.host_products import HostProducts
from edgesdk_backends.nand.npu.products import Codes
from tests.backends_nand.npu.written import greedy, logits_of, paged, written
from tests.decoder.models import random_model

TOKENS = list(range(3, 40))
VARIANTS: dict[str, dict[str, Any]] = {
    "w8a8": {"ternary": False, "sub_norms": False, "tied": False},
    "w4a16": {"ternary": False, "activation": "relu2", "pairing": "adjacent"},
    "ternary": {"ternary": True, "activation": "relu2", "half": True},
}


@pytest.mark.parametrize("weights", VARIANTS)
@pytest.mark.parametrize("cache", ["float16", "int8"])
def test_logits_from_pages_are_those_from_codes(tmp_path: Path, weights: str, cache: str) -> None:
    with written(
        random_model(11, **VARIANTS[weights]), tmp_path / "m", weights, cache=cache
    ) as file:
        wanted = logits_of(file, HostProducts(file), TOKENS)
        for preset in ("cambricon-s", "cambricon-l"):
            design = read_preset(preset).design
            assert np.array_equal(logits_of(file, paged(file, design, threads=2), TOKENS), wanted)


@pytest.mark.parametrize("weights", VARIANTS)
def test_blocks_change_no_bit(tmp_path: Path, weights: str) -> None:
    with written(random_model(12, **VARIANTS[weights]), tmp_path / "m", weights) as file:
        whole = logits_of(file, HostProducts(file), TOKENS)
        decoder = QuantisedDecoder(file, HostProducts(file))
        parts = np.empty_like(whole)
        for first, end in ((0, 1), (1, 2), (2, 17), (17, len(TOKENS))):
            decoder.step(np.array(TOKENS[first:end], np.int32), parts[first:end])
        assert np.array_equal(parts, whole)
        decoder.rewind(5)
        last = np.empty((1, file.shape.vocabulary), np.float32)
        decoder.step(np.array(TOKENS[5:9], np.int32), last[:0])
        decoder.step(np.array(TOKENS[9:20], np.int32), last)
        assert np.array_equal(last[0], whole[19])
        assert decoder.position == 20


@pytest.mark.parametrize(("weights", "most"), [("w8a8", 0.05), ("w4a16", 0.35), ("ternary", 0.03)])
def test_near_the_float_reference(tmp_path: Path, weights: str, most: float) -> None:
    """Root mean square of the difference, in deviations of the logits."""
    model = random_model(13, **VARIANTS[weights])
    wanted = Reference(model).prefill(TOKENS, every=True)
    with written(model, tmp_path / "m", weights) as file:
        found = logits_of(file, HostProducts(file), TOKENS)
    assert np.sqrt(np.square(found - wanted).mean()) < most * wanted.std()


def test_a_cache_of_int8_rounds_more_than_one_of_halves(tmp_path: Path) -> None:
    model = random_model(14, ternary=False)
    wanted = Reference(model).prefill(TOKENS, every=True)
    away = {}
    for cache in ("float16", "int8"):
        with written(model, tmp_path / cache, "w8a8", cache=cache) as file:
            found = logits_of(file, HostProducts(file), TOKENS)
            away[cache] = float(np.abs(found - wanted).std() / wanted.std())
            values = np.random.default_rng(1).normal(size=(3, 2, 16)).astype(np.float32)
            kept, _ = Cache(file.shape, 8).append(0, 2, values, values)
            error = np.abs(kept[:, 2:5].transpose(1, 0, 2) - values).max(axis=-1)
            step = np.abs(values).max(axis=-1) / (127 if cache == "int8" else 1024)
            assert (error <= step * 0.51).all()
            assert not kept[:, :2].any() and not kept[:, 5:].any()
    assert away["float16"] != away["int8"] and away["int8"] < 0.1


def test_a_cache_that_no_machine_holds(tmp_path: Path) -> None:
    with written(random_model(14, ternary=False), tmp_path / "m", "w8a8") as file:
        vast = replace(file.shape, layers=1024, kv_heads=1024, head_size=4096)
    with pytest.raises(UsageError) as error:
        Cache(vast, 1 << 24)
    assert error.value.id == "EDGE-02268"


def test_the_largest_logits_are_computed_again(tmp_path: Path) -> None:
    """From the rows of the embedding, as the reference does; the others stay rounded."""
    model = random_model(15, ternary=True, vocabulary=400)
    wanted = Reference(model).prefill(TOKENS, every=True)
    with written(model, tmp_path / "m", "ternary") as file:
        assert file.shape.wide_embedding
        rounded = logits_of(file, HostProducts(file), TOKENS, rescored=0)
        found = logits_of(file, HostProducts(file), TOKENS, rescored=16)
        assert np.array_equal(found, logits_of(file, HostProducts(file), TOKENS))
        assert ((found != rounded).sum(axis=1) <= 16).all()
        nearer = np.abs(found - wanted)[found != rounded]
        assert nearer.mean() < np.abs(rounded - wanted)[found != rounded].mean()
        every = logits_of(file, HostProducts(file), TOKENS, rescored=10_000)
        assert np.abs(every - wanted).mean() < np.abs(found - wanted).mean()
    with written(random_model(15, ternary=True, tied=False), tmp_path / "u", "ternary") as untied:
        again = logits_of(untied, HostProducts(untied), TOKENS, rescored=16)
        assert np.array_equal(again, logits_of(untied, HostProducts(untied), TOKENS, rescored=0))


class Huge:
    """Products that no weights give."""

    def __init__(self, rows: dict[str, int]) -> None:
        self._rows = rows

    def sums(self, matrix: str, x: Codes) -> np.ndarray[Any, np.dtype[np.int64]]:
        return np.full((len(x), self._rows[matrix]), 1 << 62, np.int64)


def test_numbers_that_are_none_are_found(tmp_path: Path) -> None:
    with written(random_model(16, **VARIANTS["ternary"]), tmp_path / "m", "ternary") as file:
        decoder = QuantisedDecoder(file, Huge({m.name: m.rows for m in file.shape.matrices()}))
        logits = np.empty((1, file.shape.vocabulary), np.float32)
        for given in (logits, logits[:0]):
            with pytest.raises(VerificationMismatch) as error:
                decoder.step(np.array([1, 2], np.int32), given)
            assert error.value.id == "EDGE-0775"
            assert decoder.position == 0


def test_the_context_is_the_models_at_most(tmp_path: Path) -> None:
    with written(random_model(17, ternary=False), tmp_path / "m", "w8a8", context=40) as file:
        assert QuantisedDecoder(file, HostProducts(file)).context == 40
        assert QuantisedDecoder(file, HostProducts(file), 8).context == 8
        with pytest.raises(UsageError) as error:
            QuantisedDecoder(file, HostProducts(file), 41)
        assert error.value.id == "EDGE-02133"
        decoder = QuantisedDecoder(file, HostProducts(file))
        assert len(greedy(decoder, TOKENS[:30], 10)) == 10
