"""Real int8 models on real inputs: the plan answers as LiteRT's reference kernels, to the bit."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from edgesdk_backends.cpu.signal import SignalGraph
from edgesdk_backends.mcu.host import FORMS, HostRuntime
from edgesdk_backends.mcu.planner import Plan, plan
from edgesdk_backends.mcu.planner.graph import Array
from edgesdk_backends.mcu.planner.tflite_graph import read_graph

from .to_tflite import litert

TINY, SPEECH = "mlperf-tiny", "tflm-micro-speech"
MODELS = {
    f"{TINY}/kws_ref_model.tflite": 2_656_768,
    f"{TINY}/ad01_int8.tflite": 264_192,
    f"{SPEECH}/micro_speech_quantized.tflite": 336_000,
}


def keyword(data: Path) -> list[Array]:
    """One keyword's features."""
    values = np.loadtxt(data / TINY / "kws_input_int8_49x10.csv", delimiter=",", dtype=np.int8)
    return [values.reshape(1, 49, 10, 1)]


def machine(data: Path) -> list[Array]:
    """Windows of five frames of a machine's sound."""
    mels = np.fromfile(data / TINY / "ad_normal_id_01_00000000_hist_librosa.bin", np.float32)
    frames = mels.reshape(-1, 128)
    graph = read_graph((data / TINY / "ad01_int8.tflite").read_bytes())
    [scale], [zero] = graph.inputs[0].scale, graph.inputs[0].zero_point
    windows = (frames[i : i + 5].reshape(1, 640) for i in range(0, len(frames) - 4, 4))
    return [np.clip(np.round(w / scale + zero), -128, 127).astype(np.int8) for w in windows]


def speech(data: Path) -> list[Array]:
    """A second of each sound, through the model's own front end."""
    front = SignalGraph((data / SPEECH / "audio_preprocessor_int8.tflite").read_bytes())
    name, made = front.inputs[0].name, front.outputs[0].name
    features = []
    for sound in ("yes", "no", "silence", "noise"):
        with wave.open(str(data / SPEECH / f"{sound}_1000ms.wav")) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        frames = [samples[i : i + 480].reshape(1, 480) for i in range(0, len(samples) - 479, 320)]
        front.reset()
        rows = [front.run({name: frame})[made] for frame in frames]
        features.append(np.concatenate(rows).reshape(1, 1960).astype(np.int8))
    return features


INPUTS = dict(zip(MODELS, (keyword, machine, speech), strict=True))


@pytest.fixture(scope="module")
def planned(data: Path) -> dict[str, Plan]:
    return {name: plan(read_graph((data / name).read_bytes())) for name in MODELS}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", list(MODELS))
def test_equal_to_the_bit(name: str, form: str, planned: dict[str, Plan], data: Path) -> None:
    arrays = INPUTS[name](data)
    runtime = HostRuntime(planned[name].content, form)
    answers = set()
    for array in arrays:
        [got], [want] = runtime.run([array]), litert((data / name).read_bytes(), [array])
        assert got.dtype == want.dtype
        assert got.tobytes() == want.tobytes()
        answers.add(got.tobytes())
    assert len(answers) == len(arrays)


@pytest.mark.parametrize("name", list(MODELS))
def test_memory_is_within_five_per_cent_of_the_bound(name: str, planned: dict[str, Plan]) -> None:
    made = planned[name]
    assert made.lower_bound <= made.arena <= 1.05 * made.lower_bound


@pytest.mark.parametrize(("name", "macs"), MODELS.items())
def test_macs_are_counted(name: str, macs: int, planned: dict[str, Plan]) -> None:
    assert planned[name].macs == macs
    assert all(layer.output > 0 for layer in planned[name].layers)


def test_the_same_plan_every_time(data: Path, planned: dict[str, Plan]) -> None:
    for name, made in planned.items():
        assert plan(read_graph((data / name).read_bytes())).content == made.content
