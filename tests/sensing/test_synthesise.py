"""The synthesised sounds of the demo, and the names that the shipped model gives them."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from edgesdk.sensing import frontend

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "synthesise_sounds.py"
MODEL = ROOT / "models" / "sound" / "sound.onnx"


def load_tool():
    spec = importlib.util.spec_from_file_location("synthesise_sounds", TOOL)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = load_tool()


@pytest.fixture(scope="module")
def name_of():
    """The shipped model as a function: audio -> class name."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(MODEL), providers=["CPUExecutionProvider"])
    metadata = session.get_modelmeta().custom_metadata_map
    labels = json.loads(metadata["edgesdk.labels"])
    described = json.loads(metadata["edgesdk.frontend"])

    def classify(audio: np.ndarray) -> str:
        features = frontend.apply(described, audio)
        return labels[int(session.run(["scores"], {"features": features})[0].argmax())]

    return classify


@pytest.mark.parametrize("name", list(tool.SOUNDS))
def test_the_model_names_the_sound(name: str, name_of) -> None:
    assert [name_of(tool.synthesise(name, seed)) for seed in range(3)] == [name] * 3


@pytest.mark.parametrize("name", list(tool.SOUNDS))
def test_a_sound_is_audio_and_repeats(name: str) -> None:
    audio = tool.synthesise(name, 0)
    assert audio.shape == (80000,) and audio.dtype == np.float32
    assert 0.05 < np.abs(audio).max() <= 1.0
    assert np.array_equal(audio, tool.synthesise(name, 0))
    assert not np.array_equal(audio, tool.synthesise(name, 1))


def test_the_command_writes_wav_files(tmp_path: Path) -> None:
    command = [sys.executable, TOOL, tmp_path / "sounds", "--seed", "3"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    files = [Path(line) for line in printed.splitlines()]
    assert sorted(path.stem for path in files) == sorted(tool.SOUNDS)
    with wave.open(str(files[0])) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16000, 1, 2)
        samples = np.frombuffer(file.readframes(80000), "<i2")
    wanted = tool.synthesise(files[0].stem, 3) * 32767
    assert np.abs(samples - wanted).max() <= 0.5 + 1e-3
