"""The audio front ends of TensorFlow Lite Micro's micro_speech on its own clips, to the bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgesdk_backends.cpu.signal import SignalGraph

from .frames import CLIPS, FRAME, clip, samples
from .test_operators import GOLDEN

LABELS = ("silence", "unknown", "yes", "no")
MODELS = ("audio_preprocessor_int8", "audio_preprocessor_float")


def stream(model: Path, frames: list[np.ndarray]) -> np.ndarray:
    """The outputs of successive frames, state kept: [frames, 40]."""
    graph = SignalGraph(model.read_bytes())
    (given,), (made,) = graph.inputs, graph.outputs
    return np.stack([graph.run({given.name: frame})[made.name] for frame in frames])


@pytest.mark.parametrize("sound", CLIPS)
@pytest.mark.parametrize("model", MODELS)
def test_clips(data: Path, model: str, sound: str) -> None:
    folder = data / "tflm-micro-speech"
    features = stream(folder / f"{model}.tflite", clip(folder / f"{sound}.wav"))
    expected = GOLDEN[f"{model}/{sound}:0"]
    assert features.dtype == expected.dtype
    np.testing.assert_array_equal(features, expected)


@pytest.mark.parametrize("model", MODELS)
def test_extreme_frames(data: Path, model: str) -> None:
    frames = [frame[None] for frame in samples(99, FRAME, 42)]
    features = stream(data / "tflm-micro-speech" / f"{model}.tflite", frames)
    np.testing.assert_array_equal(features, GOLDEN[f"{model}/extremes:0"])


@pytest.mark.parametrize("word", ["yes", "no", "silence"])
def test_front_end_and_classifier_hear_the_word(data: Path, word: str) -> None:
    from ai_edge_litert.interpreter import Interpreter

    folder = data / "tflm-micro-speech"
    frames = clip(folder / f"{word}_1000ms.wav")
    features = stream(folder / "audio_preprocessor_int8.tflite", frames)
    classifier = Interpreter(str(folder / "micro_speech_quantized.tflite"), num_threads=1)
    classifier.allocate_tensors()
    classifier.set_tensor(classifier.get_input_details()[0]["index"], features.reshape(1, 1960))
    classifier.invoke()
    scores = classifier.get_tensor(classifier.get_output_details()[0]["index"])[0]
    assert LABELS[int(scores.argmax())] == word


def test_specs(data: Path) -> None:
    folder = data / "tflm-micro-speech"
    graph = SignalGraph((folder / "audio_preprocessor_int8.tflite").read_bytes())
    assert [spec.describe() for spec in graph.inputs] == ["int16[1, 480]"]
    assert [spec.describe() for spec in graph.outputs] == ["int8[40]"]
    assert graph.inputs[0].name == "serving_default_audio_frame:0"
