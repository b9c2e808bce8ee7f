"""The keyword model against what real boards answered (MLPerf Tiny v1.3, STM32L4R5 at 120 MHz).

Of the 1,000 recorded answers those to the one input that the data holds can be compared number by
number: a spoken "on". For the others there is only what every answer of this model must be: rounded
256ths, as its int8 softmax gives them.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from edgesdk_backends.mcu.host import HostRuntime
from edgesdk_backends.mcu.planner import plan
from edgesdk_backends.mcu.planner.tflite_graph import read_graph

RECORDED = "device_kws_accuracy_NUCLEO_L4R5ZI-P_v1.3.json"
ON = 5  # its class


def test_the_input_that_is_there_is_answered_as_the_board_did(data: Path) -> None:
    folder = data / "mlperf-tiny"
    text = (folder / "kws_input_int8_49x10.csv").read_text().replace("\n", ",")
    given = np.array([int(word) for word in text.split(",") if word.strip()], np.int8)
    content = plan(read_graph((folder / "kws_ref_model.tflite").read_bytes())).content
    entries = json.loads((folder / RECORDED).read_text())
    results = np.array([entry["infer"]["results"] for entry in entries])
    for form in ("plain", "dsp"):
        [got] = HostRuntime(content, form).run([given.reshape(1, 49, 10, 1)])
        shown = (got.astype(int).reshape(-1) + 128) / 256
        same = np.abs(results - np.round(shown - 5e-4, 3)).max(axis=1) < 1e-3
        assert same.sum() > 30
        assert {entries[n]["class"] for n in np.flatnonzero(same)} == {str(ON)}


def test_every_recorded_answer_is_one_that_the_model_can_give(data: Path) -> None:
    entries = json.loads((data / "mlperf-tiny" / RECORDED).read_text())
    results = np.array([entry["infer"]["results"] for entry in entries])
    assert results.shape == (1000, 12)
    assert np.abs(results - np.round(results * 256) / 256).max() < 1e-3
