"""Real TFLite models on their real inputs: edgesdk and LiteRT itself agree to the bit."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

import edgesdk

TINY, SPEECH = "mlperf-tiny", "tflm-micro-speech"
WINDOW, STRIDE = 480, 320  # samples at 16 kHz: 30 ms every 20 ms
CLASSES = ["silence", "unknown", "yes", "no"]  # of the micro-speech model


def _ours(path: Path, arrays: list[NDArray[Any]], folder: Path) -> list[NDArray[Any]]:
    """The first output for each array as the first input."""
    with (
        edgesdk.compile(path, "cpu") as bundle,
        edgesdk.connect(f"cpu:?store={folder / 'store'}") as device,
        device.open_bundle(bundle) as session,
    ):
        name, result = session.inputs[0].name, session.outputs[0].name
        return [session.run({name: array})[result] for array in arrays]


def _litert(path: Path, arrays: list[NDArray[Any]]) -> list[NDArray[Any]]:
    interpreter = Interpreter(str(path))
    interpreter.allocate_tensors()
    given = interpreter.get_input_details()[0]["index"]
    result = interpreter.get_output_details()[0]["index"]
    answers = []
    for array in arrays:
        interpreter.set_tensor(given, array)
        interpreter.invoke()
        answers.append(interpreter.get_tensor(result))
    return answers


def _equal_to_the_bit(path: Path, arrays: list[NDArray[Any]], folder: Path) -> list[NDArray[Any]]:
    ours, theirs = _ours(path, arrays, folder), _litert(path, arrays)
    for got, want in zip(ours, theirs, strict=True):
        assert got.dtype == want.dtype
        assert got.shape == want.shape
        assert got.tobytes() == want.tobytes()
    assert len({answer.tobytes() for answer in ours}) > 1 or len(arrays) == 1
    return ours


@pytest.fixture
def keyword(data: Path) -> NDArray[np.int8]:
    """One keyword's features, int8[1, 49, 10, 1]."""
    values = np.loadtxt(data / TINY / "kws_input_int8_49x10.csv", delimiter=",", dtype=np.int8)
    return values.reshape(1, 49, 10, 1)


def test_keyword_spotting(data: Path, keyword: NDArray[np.int8], user_folder: Path) -> None:
    _equal_to_the_bit(data / TINY / "kws_ref_model.tflite", [keyword], user_folder)


def test_keyword_spotting_in_float32(
    data: Path, keyword: NDArray[np.int8], user_folder: Path
) -> None:
    features = ((keyword.astype(np.float32) - 83) * 0.5847029).astype(np.float32)
    path = data / TINY / "kws_ref_model_float32.tflite"
    in_float = _equal_to_the_bit(path, [features], user_folder)[0]
    in_int8 = _litert(data / TINY / "kws_ref_model.tflite", [keyword])[0]
    assert np.argmax(in_float) == np.argmax(in_int8)


def test_anomaly_detection(data: Path, user_folder: Path) -> None:
    path = data / TINY / "ad01_int8.tflite"
    mels = np.fromfile(data / TINY / "ad_normal_id_01_00000000_hist_librosa.bin", np.float32)
    frames = mels.reshape(-1, 128)
    windows = [frames[i : i + 5].reshape(1, 640) for i in range(len(frames) - 4)]
    scale, zero = Interpreter(str(path)).get_input_details()[0]["quantization"]
    quantised = [
        np.clip(np.round(window / scale + zero), -128, 127).astype(np.int8) for window in windows
    ]
    answers = _equal_to_the_bit(path, quantised, user_folder)
    # The autoencoder gives a normal sound back: nearer than a constant at its mean would be.
    output_scale, output_zero = Interpreter(str(path)).get_output_details()[0]["quantization"]
    given_back = (np.concatenate(answers).astype(np.float32) - output_zero) * output_scale
    error = np.mean((given_back - np.concatenate(windows)) ** 2)
    assert error < 0.5 * np.var(frames)


@pytest.mark.parametrize("sound", ["yes", "no", "silence", "noise"])
def test_micro_speech(sound: str, data: Path, user_folder: Path) -> None:
    with wave.open(str(data / SPEECH / f"{sound}_1000ms.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    frames = [
        samples[start : start + WINDOW].reshape(1, WINDOW)
        for start in range(0, len(samples) - WINDOW + 1, STRIDE)
    ]
    preprocessor = data / SPEECH / "audio_preprocessor_int8.tflite"
    features = np.stack(_ours(preprocessor, frames, user_folder)).reshape(1, -1)
    assert features.shape == (1, 1960)
    path = data / SPEECH / "micro_speech_quantized.tflite"
    answer = _equal_to_the_bit(path, [features.astype(np.int8)], user_folder)[0]
    expected = {"noise": "silence"}.get(sound, sound)
    assert CLASSES[int(np.argmax(answer))] == expected
