"""The whole tool, on a set that is made here and is small."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from edgesdk.formats.xgboost import read_xgboost
from edgesdk.sensing.description import read
from tests.sensing.cough.takes import take, write
from tools.cough.recordings import recordings

ROOT = Path(__file__).parents[3]
TOOL = ROOT / "tools" / "train_cough.py"


def load_tool():
    spec = importlib.util.spec_from_file_location("train_cough", TOOL)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


tool = load_tool()


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> None:
    monkeypatch.setattr(sys, "argv", [str(TOOL), *map(str, arguments)])
    tool.main()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("set")
    for number in range(3):
        write(root, take(str(number), 4.5, (0.6, 2.3, 3.4 + number / 10), number))
        write(root, take(str(number), 4.5, (), 10 + number))
    return root


def test_takes_are_read_as_they_were_written(data: Path) -> None:
    first, *_ = recordings(data)
    expected = take("0", 4.5, (0.6, 2.3, 3.4), 0)
    np.testing.assert_array_equal(first.audio, expected.audio)
    np.testing.assert_array_equal(first.imu, expected.imu)
    assert (first.coughs, first.gender, first.seconds) == (expected.coughs, 0, 4.5)


def test_it_trains_and_tells(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "made"
    run(monkeypatch, "--data", data, "--out", out, "--test-subjects", 1, "--trials", 2)
    told = capsys.readouterr()
    assert sorted(path.name for path in out.iterdir()) == [
        "audio.json",
        "cough.json",
        "imu.json",
        "results.json",
    ]
    description = read((out / "cough.json").read_bytes())
    results = json.loads((out / "results.json").read_text())
    for stage in description.stages:
        model = read_xgboost(out / stage.model)
        facts = [description.facts[fact].name for fact in stage.facts]
        assert list(model.feature_names) == [*stage.features, *facts]
        assert results[stage.name]["features"] == list(model.feature_names)
        proof = results[stage.name]["packed"]
        assert proof["decisions"] == proof["rows"] * proof["splits"]
        assert proof["rows"] == results[stage.name]["windows"]["all"]
    assert '"events_test"' in told.out
    assert "audio: trained" in told.err
    assert results["train"]["subjects"] == ["0", "1"]
    assert results["test"] == {
        "subjects": ["2"],
        "takes": 2,
        "hours": round(9 / 3600, 3),
        "coughs": 3,
    }
    assert results["events_test"]["audio_only"]["coughs"] == 3


def test_subjects_must_be_left(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tool.split(data, 1) == (["0", "1"], ["2"])
    for held in (0, 2, -1):
        with pytest.raises(SystemExit, match="two or more to train on"):
            run(monkeypatch, "--data", data, "--out", tmp_path / "o", "--test-subjects", held)
    with pytest.raises(SystemExit, match="has 0 subjects"):
        run(monkeypatch, "--data", tmp_path, "--out", tmp_path / "o")
    assert not (tmp_path / "o").exists()
