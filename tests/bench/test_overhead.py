"""The overhead benchmark runs and prints; ``make bench`` is where its figures are looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..models.tflite_scale import scale_tflite
from .overhead import litert_overhead, onnxruntime_overhead, save_small_onnx

ROUNDS = 4000


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EDGESDK_CONFIG", str(tmp_path / "config"))


def test_onnxruntime(tmp_path: Path) -> None:
    found = onnxruntime_overhead(save_small_onnx(tmp_path / "small.onnx"), ROUNDS)
    print(f"\n{found}")
    assert (found.rounds, found.bare > 0, found.ours > 0) == (ROUNDS, True, True)


def test_litert(tmp_path: Path) -> None:
    path = tmp_path / "scale.tflite"
    path.write_bytes(scale_tflite(2.0))
    found = litert_overhead(path, ROUNDS)
    print(f"\n{found}")
    assert (found.rounds, found.bare > 0, found.ours > 0) == (ROUNDS, True, True)


def test_litert_on_a_keyword_model(data: Path) -> None:
    found = litert_overhead(data / "mlperf-tiny" / "kws_ref_model.tflite", ROUNDS)
    print(f"\n{found}")
    assert (found.rounds, found.bare > 0, found.ours > 0) == (ROUNDS, True, True)
