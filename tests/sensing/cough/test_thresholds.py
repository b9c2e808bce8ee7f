"""Thresholds of a file, and what a packer makes of them that has nothing but the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgesdk.formats.xgboost import read_xgboost
from edgesdk.sensing.forest_pack import pack
from edgesdk.sensing.forest_proof import prove
from tools.cough.features import AUDIO, fraction_bits
from tools.cough.thresholds import PLACES, settle, settled
from tools.cough.training import Recipe, fit
from tools.cough.windows import Windows

# Of 24, 20, 12, 28 and no fraction bits: more than a float32 has room for, and few whole numbers.
NAMES = ("mel_entropy_3", "mel_max_7", "rolloff", "psd_0_50", "gender")


def made(rows: int, seed: int) -> Windows:
    random = np.random.default_rng(seed)
    entropy = random.integers(0, int(3.25 * 2**24), rows)
    loud = np.clip(random.normal(-60, 10, rows), -100, 10) * 2**20
    rolloff = 8000 * random.random(rows) ** 3 * 2**12
    psd = 2.0**28 * random.random(rows) ** 2
    gender = random.integers(0, 2, rows)
    values = np.stack([entropy, loud, rolloff, psd, gender], axis=1).astype(np.int32)
    labels = random.random(rows) < 1 / (1 + np.exp(-(loud / 2**20 + 60 + rolloff / 2**21) / 4))
    return Windows(AUDIO, NAMES, values, labels.astype(np.int8), np.array(["1"] * rows))


def test_a_packer_without_the_training_set_decides_as_the_model_does(tmp_path: Path) -> None:
    windows = made(4000, seed=1)
    model = fit(windows, Recipe(trees=40, max_depth=5))
    path = tmp_path / "model.json"
    model.save_model(path)
    before = read_xgboost(path)
    settle(path, windows)
    after, bits = read_xgboost(path), fraction_bits(NAMES)
    assert [tree.preorder for tree in after.trees] == [tree.preorder for tree in before.trees]
    proof = prove(pack(after, bits), after, windows.values, bits)
    assert proof.splits == sum(len(tree.splits) for tree in after.trees) > 500
    changed = [
        ((column := windows.numbers[:, old.feature[node]]) < old.threshold[node])
        != (column < new.threshold[node])
        for old, new in zip(before.trees, after.trees, strict=True)
        for node in old.splits
    ]
    assert 0 < np.mean(changed) < 1e-3  # a few rows lie where a threshold moved


@pytest.mark.parametrize("largest", [1 << 20, (1 << 24) - 1, 1 << 25, 1 << 27])
def test_thresholds_lie_on_a_grid_away_from_values(largest: int) -> None:
    random = np.random.default_rng(largest)
    given = np.unique(random.integers(largest // 3, largest, 300))
    known = random.integers(0, largest, 5000)
    found = np.array(settled(given, known))
    steps = np.diff(found[1:])  # the lowest one may be lower than its place
    grid = int(np.gcd.reduce(steps[steps > 0]))
    assert (np.diff(found) >= 0).all()
    assert (int(found[-1]) - int(found[0])) // grid <= PLACES + 1
    assert np.abs(found - given).max() <= 8 * grid
    if largest >= 1 << 25:
        assert np.abs(found[1:, None] - known).min() >= 8
        assert (found.astype(np.float32).astype(np.int64) == found).all()


def test_few_whole_numbers_stay_as_they_are() -> None:
    given = np.array([-3, 0, 1, 17, 40_000])
    assert settled(given, np.arange(-5, 50)) == given.tolist()
    assert settled(np.array([], np.int64), np.arange(5)) == []
