"""The scoring tool on a small folder made for it: wav and ogg, other rates, stereo, odd lengths."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "models" / "sound" / "sound.onnx"
# The targets are those of ESC-50, which are neither dense nor in the model's order.
CLASSES = {"rain": 10, "clock_tick": 38, "sea_waves": 11}


def load_tool(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import synthesise_sounds

    return synthesise_sounds


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three named sounds, one of them named wrongly on purpose."""
    tool = load_tool(monkeypatch)
    (tmp_path / "audio").mkdir()
    rain, tick, waves = (tool.synthesise(name, 0) for name in CLASSES)
    double = np.interp(np.arange(160000) / 2, np.arange(80000), waves)
    soundfile.write(tmp_path / "audio" / "a.wav", rain, 16000, subtype="PCM_16")
    soundfile.write(tmp_path / "audio" / "b.ogg", np.stack([tick, tick], 1)[:79000], 16000)
    soundfile.write(tmp_path / "audio" / "c.flac", double, 32000)
    rows = [
        "a.wav,5,10,rain",
        "b.ogg,5,38,clock_tick",
        "c.ogg,5,11,sea_waves",
        "a.wav,4,38,clock_tick",
    ]
    (tmp_path / "meta.csv").write_text("\n".join(["file,fold,target,class", *rows]) + "\n")
    return tmp_path


def evaluate(folder: Path, folds: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "tools" / "evaluate_sound.py", "--data", folder]
    command += ["--folds", folds, "--model", MODEL, "--json"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_scores_by_fold_and_class(folder: Path) -> None:
    scores = json.loads(evaluate(folder, "4,5").stdout)
    assert scores["clips"] == 4 and scores["accuracy"] == 75.0
    assert scores["folds"] == {"4": 0.0, "5": 100.0}
    assert scores["classes"] == {"clock_tick": 50.0, "rain": 100.0, "sea_waves": 100.0}
    assert scores["mistakes"] == ["a.wav: clock_tick taken for rain"]


def test_a_fold_that_is_not_there(folder: Path) -> None:
    done = evaluate(folder, "3")
    assert done.returncode == 1 and "lists no clip of folds [3]" in done.stderr


def test_a_file_that_is_not_there(folder: Path) -> None:
    (folder / "audio" / "b.ogg").unlink()
    done = evaluate(folder, "5")
    assert done.returncode == 1 and "no audio file for b.ogg" in done.stderr
