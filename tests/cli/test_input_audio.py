"""Inputs from sound files: depths, channels, rates and lengths."""

from __future__ import annotations

import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from edgesdk.cli.inputs import read_inputs
from edgesdk.errors import UsageError
from edgesdk.tensors import TensorSpec

from .reading import SOUND, SOUND16, read, refused

RAMP = np.array([0, 1, -1, 32767, -32768, 100, -100, 5], np.int16)


def save_wav(
    path: Path, frames: bytes, *, width: int, rate: int = 16000, channels: int = 1
) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(frames)
    return path


def save_wav_by_hand(
    path: Path, kind: int, bits: int, data: bytes, extensible: bool = False
) -> Path:
    tag = 0xFFFE if extensible else kind
    form = struct.pack("<HHIIHH", tag, 1, 16000, 16000 * bits // 8, bits // 8, bits)
    if extensible:
        form += (
            struct.pack("<HHIH", 22, bits, 4, kind) + b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa"
        )
    chunks = b"fmt " + struct.pack("<I", len(form)) + form
    chunks += b"LIST" + struct.pack("<I", 3) + b"odd\0"  # odd chunks are padded
    chunks += b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)
    return path


def test_int16_input_takes_raw_samples(tmp_path: Path) -> None:
    path = save_wav(tmp_path / "x.wav", RAMP.tobytes(), width=2)
    array, notes = read(path, SOUND16)
    assert array.tolist() == [RAMP.tolist()]
    assert array.dtype == np.int16
    assert notes == ["input 'audio': [8] is reshaped to [1, 8]"]


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_every_pcm_depth_gives_the_same_reals(tmp_path: Path, width: int) -> None:
    want = np.array([0, 0.5, -0.5, -1, 0.25, -0.25, 0.125, 0], np.float32)
    whole = (want.astype(np.float64) * 2 ** (8 * width - 1)).astype(np.int64)
    stored = whole + 128 if width == 1 else whole
    frames = b"".join(int(v).to_bytes(width, "little", signed=width > 1) for v in stored)
    array, _ = read(save_wav(tmp_path / "x.wav", frames, width=width), SOUND)
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array[0], want)


@pytest.mark.parametrize(("kind", "bits"), [(3, 32), (3, 64), (1, 16)])
@pytest.mark.parametrize("extensible", [False, True])
def test_float_and_extensible_files(tmp_path: Path, kind: int, bits: int, extensible: bool) -> None:
    values = np.array([0, 0.5, -0.5, -1, 0.25, 0, 0, 0])
    data = values.astype(f"<f{bits // 8}") if kind == 3 else (values * 32768).astype("<i2")
    path = save_wav_by_hand(tmp_path / "x.wav", kind, bits, data.tobytes(), extensible)
    np.testing.assert_array_equal(read(path, SOUND)[0][0], values)
    rounded, notes = read(path, SOUND16)
    assert rounded[0].tolist() == (values * 32768).tolist()
    assert any("scaled to 16 bits" in note for note in notes) == (kind == 3)


def test_channels_are_mixed_down_with_a_note(tmp_path: Path) -> None:
    frames = np.stack([np.full(8, 100), np.full(8, 300)], axis=1).astype("<i2").tobytes()
    array, notes = read(save_wav(tmp_path / "x.wav", frames, width=2, channels=2), SOUND16)
    assert array.tolist() == [[200] * 8]
    assert "2 channels are mixed down" in notes[0]


@pytest.mark.parametrize(("samples", "word"), [(3, "padded"), (12, "trimmed")])
def test_length_is_fitted_with_a_note(tmp_path: Path, samples: int, word: str) -> None:
    frames = np.arange(1, samples + 1, dtype="<i2").tobytes()
    array, notes = read(save_wav(tmp_path / "x.wav", frames, width=2), SOUND16)
    want = [*range(1, 9)] if samples == 12 else [1, 2, 3, 0, 0, 0, 0, 0]
    assert array.tolist() == [want]
    assert word in notes[0]


def test_an_open_length_takes_the_whole_sound(tmp_path: Path) -> None:
    path = save_wav(tmp_path / "x.wav", RAMP.tobytes(), width=2)
    array, _ = read(path, TensorSpec("audio", "float32", (1, "length"), "samples at 16000 Hz"))
    assert array.shape == (1, 8)
    refused(path, TensorSpec("x", "float32", (1, 1), "samples at 16000 Hz"), "EDGE-0227")


def test_another_sample_rate_is_refused_naming_both(tmp_path: Path) -> None:
    path = save_wav(tmp_path / "x.wav", RAMP.tobytes(), width=2, rate=8000)
    error = refused(path, SOUND, "EDGE-0224")
    assert "8000 Hz" in error.what
    assert "16000 Hz" in error.what
    _, notes = read(path, TensorSpec("x", "float32", (8,)))
    assert "does not say its sample rate" in notes[0]
    with pytest.raises(UsageError, match="wants 16000 Hz"):
        frontend = {"sample_rate": 16000}
        read_inputs([str(path)], [TensorSpec("x", "float32", (8,))], print, frontend)


def test_a_sound_cut_short_is_refused(tmp_path: Path) -> None:
    path = save_wav(tmp_path / "x.wav", RAMP.tobytes(), width=2)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        refused(path, SOUND, "EDGE-0223")


def test_flac_equals_wav(tmp_path: Path) -> None:
    import soundfile

    soundfile.write(tmp_path / "x.flac", RAMP, 16000, subtype="PCM_16")
    assert read(tmp_path / "x.flac", SOUND16)[0].tolist() == [RAMP.tolist()]


def test_without_soundfile_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "soundfile", None)
    (tmp_path / "x.flac").write_bytes(b"fLaC")
    assert "edgesdk[media]" in refused(tmp_path / "x.flac", SOUND, "EDGE-0205").next_step
