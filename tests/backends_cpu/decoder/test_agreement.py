"""The engine against the numpy reference.

Both do the same operations in float32 and differ in the order of sums: a float model agrees to
some roundings. In a ternary one a rounding can move an activation across the middle between two
int8 codes, which changes logits of these small models by up to a few tenths of their deviation; in
most models drawn here no code moves, and then they agree as a float model does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgesdk.decoder.reference import Reference
from edgesdk.formats import read_source
from tests.decoder.models import random_model

from .opened import all_logits, drawn_tokens, opened, pack

ROUNDINGS = 2e-5  # absolute, for logits of deviation 1
MOVED_CODES = 0.5
CONFIGS: list[dict[str, Any]] = [
    {},
    {"kv_heads": 1, "activation": "relu2"},
    {"kv_heads": 4, "pairing": "adjacent", "tied": False},
    {"sub_norms": False, "half": True, "layers": 3},
    {"hidden": 50, "heads": 6, "kv_heads": 3, "head_size": 10, "vocabulary": 37},
    {"hidden": 144, "heads": 9, "kv_heads": 3, "head_size": 16, "theta": 500000.0},
    {"hidden": 320, "heads": 10, "kv_heads": 1, "head_size": 32, "intermediate": 500},
]


def differences(folder: Path, seed: int, config: dict[str, Any], **options: Any) -> np.ndarray:
    """The largest difference of each token's logits."""
    model = random_model(seed, context=80, **config)
    tokens = drawn_tokens(70, model.config.vocabulary, seed)
    path = pack(model, folder / "decoder.bin", head="float32")
    mine = all_logits(path, tokens, cache="float32", threads=2, **options)
    found: np.ndarray = np.abs(mine - Reference(model).prefill(tokens, every=True)).max(axis=1)
    return found


@pytest.mark.parametrize("config", CONFIGS)
def test_float_models_agree_to_roundings(tmp_path: Path, config: dict[str, Any]) -> None:
    assert differences(tmp_path, 3, {**config, "ternary": False}).max() < ROUNDINGS


def test_ternary_models_agree_where_no_code_moves(tmp_path: Path) -> None:
    found = [differences(tmp_path, seed, config) for seed, config in enumerate(2 * CONFIGS)]
    assert sum(float(d.max()) < ROUNDINGS for d in found) >= len(found) // 2
    assert max(float(d.max()) for d in found) < MOVED_CODES


@pytest.mark.parametrize(("cache", "tolerance"), [("float16", 0.01), ("int8", 0.15)])
def test_smaller_caches_change_little(tmp_path: Path, cache: str, tolerance: float) -> None:
    model = random_model(5, ternary=False)
    tokens = drawn_tokens(60, model.config.vocabulary)
    path = pack(model, tmp_path / "decoder.bin")
    exact = Reference(model).prefill(tokens, every=True)
    difference = np.abs(all_logits(path, tokens, cache=cache) - exact).max()
    assert 0 < difference < tolerance


@pytest.mark.parametrize(("head", "tolerance"), [("float16", 3e-3), ("int8", 0.03), ("int4", 0.6)])
def test_smaller_heads_change_little(tmp_path: Path, head: str, tolerance: float) -> None:
    model = random_model(6, ternary=False, hidden=128, vocabulary=203)
    tokens = drawn_tokens(40, 203)
    exact = Reference(model).prefill(tokens, every=True)
    path = pack(model, tmp_path / "decoder.bin", head=head)
    difference = np.abs(all_logits(path, tokens, cache="float32") - exact).max()
    assert 0 < difference < tolerance


def test_a_story(data: Path, tmp_path: Path) -> None:
    model = read_source(data / "lm-weights" / "stories260K.bin").decoder
    assert model is not None
    prompt = np.array([1, 403, 407, 261, 378], np.int32)  # Once upon a time
    with opened(pack(model, tmp_path / "decoder.bin"), continuation=150) as session:
        story = session.run({"tokens": prompt})["continuation"]
    logits = Reference(model).prefill([*prompt, *story[:-1]], every=True)[len(prompt) - 1 :]
    assert np.array_equal(logits.argmax(axis=1), story)
