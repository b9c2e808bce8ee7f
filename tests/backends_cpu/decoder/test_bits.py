"""The same bits from every form of the kernels, every number of threads, every cut into steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.decoder.models import random_model

from .opened import RUNNING, all_logits, drawn_tokens, opened, pack

# Sizes that no vector, tile or block divides, so that every tail is run.
ODD: dict[str, Any] = {
    "vocabulary": 205,
    "hidden": 102,
    "intermediate": 333,
    "heads": 6,
    "kv_heads": 2,
    "head_size": 26,
    "context": 200,
}
TOKENS = drawn_tokens(150, 205)


@pytest.fixture(scope="module", params=["ternary", "float"])
def model_kind(request: pytest.FixtureRequest) -> bool:
    return str(request.param) == "ternary"


@pytest.mark.parametrize("head", ["float32", "float16", "int8", "int4"])
@pytest.mark.parametrize("cache", ["float32", "float16", "int8"])
def test_forms_and_threads(tmp_path: Path, cache: str, head: str, model_kind: bool) -> None:
    path = pack(random_model(2, ternary=model_kind, **ODD), tmp_path / "decoder.bin", head=head)
    wanted = all_logits(path, TOKENS, cache=cache, form="plain", threads=1)
    assert np.isfinite(wanted).all()
    for form in RUNNING:
        for threads in (1, 3):
            found = all_logits(path, TOKENS, cache=cache, form=form, threads=threads)
            assert np.array_equal(found, wanted), (form, threads)


def test_packings(tmp_path: Path) -> None:
    model = random_model(2, **ODD)
    base3 = pack(model, tmp_path / "base3.bin", packing="base3")
    two_bit = pack(model, tmp_path / "two_bit.bin", packing="two-bit")
    assert base3.stat().st_size < two_bit.stat().st_size
    for form in RUNNING:
        found = [all_logits(path, TOKENS[:40], form=form) for path in (base3, two_bit)]
        assert np.array_equal(*found), form


@pytest.mark.parametrize("cache", ["float32", "float16", "int8"])
@pytest.mark.parametrize("threads", [1, 2])
def test_prefill_is_decodes(tmp_path: Path, cache: str, threads: int, model_kind: bool) -> None:
    path = pack(random_model(4, ternary=model_kind, **ODD), tmp_path / "decoder.bin", head="int8")
    with opened(path, cache=cache, threads=threads) as session:
        one_by_one = np.stack([session.decode(int(token)) for token in TOKENS])
        session.rewind(0)
        assert np.array_equal(session.prefill(TOKENS, every=True), one_by_one)
        session.rewind(0)
        assert np.array_equal(session.prefill(TOKENS), one_by_one[-1])


def test_any_cut_and_any_rewind(tmp_path: Path) -> None:
    path = pack(random_model(4, **ODD), tmp_path / "decoder.bin")
    random = np.random.default_rng(1)
    with opened(path, threads=2) as session:
        wanted = session.prefill(TOKENS, every=True)
        for _ in range(12):
            start = int(random.integers(0, session.position + 1))
            session.rewind(start)
            end = int(random.integers(start + 1, len(TOKENS) + 1))
            found = session.prefill(TOKENS[start:end], every=True)
            assert np.array_equal(found, wanted[start:end]), (start, end)


def test_more_threads_than_rows(tmp_path: Path) -> None:
    model = random_model(9, hidden=16, heads=2, kv_heads=1, intermediate=16, vocabulary=5)
    path = pack(model, tmp_path / "decoder.bin", head="int8")
    tokens = drawn_tokens(20, 5)
    wanted = all_logits(path, tokens, threads=1)
    assert np.array_equal(all_logits(path, tokens, threads=7), wanted)
