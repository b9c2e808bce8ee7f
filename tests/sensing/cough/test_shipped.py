"""The shipped models: within their bounds, in agreement with each other and with their card."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from edgesdk.formats.xgboost import read_xgboost
from edgesdk.sensing.description import read
from edgesdk.sensing.forest_pack import pack
from edgesdk.sensing.forest_proof import prove
from tests.sensing.cough.takes import take
from tools.cough.description import description
from tools.cough.features import AUDIO, IMU, Detector, fraction_bits
from tools.cough.training import DEEPEST, MOST_TREES
from tools.cough.windows import extract

MODELS = Path(__file__).parents[3] / "models" / "cough"
BOTH = pytest.mark.parametrize("detector", [IMU, AUDIO], ids=lambda each: each.name)
RESULTS = json.loads((MODELS / "results.json").read_text())


def depth(tree) -> int:
    below = [0] * len(tree.left)
    for node in reversed(tree.preorder):
        if tree.left[node] >= 0:
            below[node] = 1 + max(below[tree.left[node]], below[tree.right[node]])
    return below[0]


@BOTH
def test_size(detector: Detector) -> None:
    path = MODELS / f"{detector.name}.json"
    model = read_xgboost(path)
    assert len(model.trees) <= MOST_TREES
    assert max(map(depth, model.trees)) <= DEEPEST
    assert path.stat().st_size < 150_000
    assert RESULTS[detector.name]["search"]["leaves"] == sum(
        len(tree.leaf_values) for tree in model.trees
    )


def test_the_description_is_that_of_the_models() -> None:
    names = [read_xgboost(MODELS / f"{name}.json").feature_names for name in ("imu", "audio")]
    document = json.loads((MODELS / "cough.json").read_text())
    assert document == json.loads(json.dumps(description(*names)))
    found = read(document)
    assert [stage.name for stage in found.stages] == ["imu", "audio"]
    assert [stage.threshold for stage in found.stages] == [0.05, 0.30]


@BOTH
def test_packing_loses_no_decision(detector: Detector) -> None:
    """On windows that nobody trained on; of those of the training the results tell."""
    model = read_xgboost(MODELS / f"{detector.name}.json")
    bits = fraction_bits(model.feature_names)
    takes = [take(str(seed), 8.0, (0.7, 2.1, 4.0, 6.2), seed) for seed in range(6)]
    windows = extract(detector, takes, model.feature_names)
    proof = prove(pack(model, bits), model, windows.values, bits)
    assert proof.decisions == len(windows.labels) * proof.splits
    assert proof.splits == RESULTS[detector.name]["packed"]["splits"]
    told = model.margins(windows.numbers.astype(np.float64))
    assert told[windows.labels == 1].mean() > told[windows.labels == 0].mean()


def test_the_card_says_what_was_measured() -> None:
    card = (MODELS / "README.md").read_text()
    for part in ("events_left_out", "events_test"):
        for way in ("audio_only", "cascade"):
            found = RESULTS[part][way]
            row = " | ".join(f"{found[key]:.3f}" for key in ("sensitivity", "precision", "f1"))
            assert f"| {row} | {found['false_alarms_per_hour']:.0f} |" in card
    for point in RESULTS["events_test"]["imu_threshold_curve"]:
        row = f"| {point['threshold']:g} | {point['f1']:.3f} |"
        assert row in card
    for name in ("imu", "audio"):
        assert f"{RESULTS[name]['packed']['decisions']:,}" in card


def test_gender_is_asked_for_where_a_model_wants_it() -> None:
    wanting = description(["rms@0", "gender"], ["rms"])
    fact = read(wanting).facts[0]
    assert (fact.name, fact.low, fact.high) == ("gender", 0, 1)
    assert [stage.facts for stage in read(wanting).stages] == [(0,), ()]
    assert read(description(["rms@0"], ["rms"])).facts == ()
