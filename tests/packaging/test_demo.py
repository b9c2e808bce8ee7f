"""The demo's main steps from the installed wheel, outside the checkout and without a compiler."""

from __future__ import annotations

import json
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.packaging.environments import LAPTOP, ROOT, Environment, pip

MODELS = ROOT / "models"  # what a user has besides the wheel


@pytest.fixture
def sound(laptop: Environment) -> Path:
    """Five seconds of noise like rain's."""
    path = laptop.home / "rain.wav"
    noise = np.random.default_rng(1).normal(0, 3000, 5 * 16000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, noise.size, "NONE", ""))
        file.writeframes(noise.tobytes())
    return path


@pytest.mark.parametrize(
    ("model", "target", "device"),
    [("sound.onnx", "cpu", "cpu:"), ("sound_int8.tflite", "mcu:cortex-m33", "emu:mcu")],
)
def test_a_sound(laptop: Environment, sound: Path, model: str, target: str, device: str) -> None:
    bundle = target.partition(":")[0] + ".edge"
    source = MODELS / "sound" / model
    laptop.run("edgesdk", "compile", source, "--target", target, "--samples", sound, "-o", bundle)
    laptop.run("edgesdk", "check", bundle, "--device", device)
    laptop.run("edgesdk", "deploy", bundle, "--device", device)
    done = laptop.run("edgesdk", "run", "sound", "--device", device, "--input", sound, "--json")
    assert json.loads(done.stdout)["ok"] is True


def test_a_story_on_three_kinds_of_device(laptop: Environment) -> None:
    """The FPGA's emulator is the engine that the wheel brings: others take a compiler."""
    told = set()
    write = ["edgesdk", "generate", "story", "Once upon a time", "-n", "12", "--temperature", "0"]
    for device in ("cpu:", "emu:fpga", "emu:nand"):
        laptop.run("edgesdk", "deploy", MODELS / "story", "--device", device)
        told.add(laptop.run(*write, "--device", device).stdout)
    (text,) = told
    assert len(text.split()) > 5
    done = laptop.run(*write, "--device", "emu:fpga?engine=ap_int", code=3)
    assert "[EDGE-0321]" in done.stderr


@pytest.mark.parametrize(
    ("model", "target"), [("bitnet-0.73b", "fpga:kv260"), ("llama-2-7b", "nand:cambricon-l")]
)
def test_a_prediction(laptop: Environment, model: str, target: str) -> None:
    """From the shapes, profiles and presets that the wheel brings."""
    done = laptop.run("edgesdk", "predict", model, "--target", target, "--context", "128", "--json")
    assert json.loads(done.stdout)["ok"] is True


def test_doctor_and_version(laptop: Environment) -> None:
    healthy = json.loads(laptop.run("edgesdk", "doctor", "--json").stdout)
    assert healthy["healthy"] is True
    version = laptop.run("edgesdk", "--version").stdout.split()[-1]
    assert (laptop.packages / f"edgesdk-{version}.dist-info").is_dir()


def test_the_extras_resolve_where_edgesdk_is_installed(laptop: Environment) -> None:
    """By the command that errors and doctor give: pip takes the edgesdk that is there."""
    extras = f"edgesdk[{','.join(LAPTOP)}]"
    command = [*pip(laptop), "install", "--no-index", "--dry-run"]
    done = subprocess.run([*command, extras], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Would install" not in done.stdout
    done = subprocess.run([*command, "edgesdk[dask]"], capture_output=True, text=True, check=False)
    assert "No matching distribution found for distributed" in done.stderr
