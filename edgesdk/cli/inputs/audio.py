"""Sounds from .wav files, and from .flac and .ogg files where soundfile is installed."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import MissingExtra, UsageError
from ...tensors import Array, TensorSpec
from .array import read_bytes, unreadable

Note = Callable[[str], None]
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE


@dataclass(frozen=True)
class Audio:
    """``samples``: [frames, channels], integers as in the file or floats of -1..1.

    ``full_scale`` is the magnitude that stands for 1.0: 32768 for 16 bits, 1 for floats.
    """

    samples: Array
    rate: int
    full_scale: float


def read_audio(path: Path) -> Audio:
    """Read a sound file. Raises ``UsageError``, ``MissingExtra``."""
    audio = read_wav(path) if path.suffix.lower() == ".wav" else _read_with_soundfile(path)
    if not audio.samples.size:
        raise unreadable(path, "it has no samples")
    return audio


def read_wav(path: Path) -> Audio:
    """Read RIFF WAVE: PCM of 8, 16, 24 or 32 bits, or floats of 32 or 64."""
    data = read_bytes(path)
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise unreadable(path, "it has no RIFF WAVE header")
    try:
        return _decode(_chunks(data))
    except (ValueError, struct.error, KeyError) as error:
        why = f"no {error.args[0]} chunk" if isinstance(error, KeyError) else error
        raise unreadable(path, why) from None


def _chunks(data: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + size]
        streamed = name == b"data" and size == 0xFFFFFFFF  # written to a pipe, length unknown
        if len(body) < size and not streamed:
            raise ValueError(f"cut short: chunk {name!r} of {size} bytes has {len(body)}")
        found.setdefault(name.decode("latin-1"), body)
        at += 8 + size + size % 2
    return found


def _decode(chunks: dict[str, bytes]) -> Audio:
    form, header = chunks["fmt "], chunks["data"]
    kind, channels, rate, _, block, bits = struct.unpack_from("<HHIIHH", form)
    if kind == _EXTENSIBLE:
        (kind,) = struct.unpack_from("<H", form, 24)
    if not 1 <= channels <= 64 or not rate or block != channels * (bits // 8):
        raise ValueError(f"{channels} channels, {rate} Hz, {bits} bits, blocks of {block} bytes")
    whole = header[: len(header) - len(header) % block]
    samples, full_scale = _samples(whole, kind, bits)
    return Audio(samples.reshape(-1, channels), rate, full_scale)


def _samples(data: bytes, kind: int, bits: int) -> tuple[Array, float]:
    if kind == _FLOAT and bits in {32, 64}:
        return np.frombuffer(data, f"<f{bits // 8}"), 1.0
    if kind == _PCM and bits == 8:  # the one depth that WAVE stores unsigned
        return np.frombuffer(data, np.uint8).astype(np.int16) - 128, 128.0
    if kind == _PCM and bits in {16, 32}:
        return np.frombuffer(data, f"<i{bits // 8}"), float(2 ** (bits - 1))
    if kind == _PCM and bits == 24:
        wide = np.zeros((len(data) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        return wide.view("<i4")[:, 0] >> 8, float(2**23)
    raise ValueError(f"format {kind} with {bits} bits is not PCM or float")


def _read_with_soundfile(path: Path) -> Audio:
    try:
        import soundfile
    except ImportError:
        raise MissingExtra("soundfile", "media") from None
    try:
        with soundfile.SoundFile(io.BytesIO(read_bytes(path))) as sound:
            if sound.subtype == "PCM_16":
                return Audio(sound.read(dtype="int16", always_2d=True), sound.samplerate, 32768.0)
            return Audio(sound.read(dtype="float32", always_2d=True), sound.samplerate, 1.0)
    except (soundfile.LibsndfileError, RuntimeError, TypeError) as error:
        raise unreadable(path, error) from None


def wanted_rate(spec: TensorSpec, frontend: object = None) -> int | None:
    """The sample rate in Hz that a model wants, from its input's units or its front end."""
    found = re.search(r"\b(\d+) ?Hz\b", spec.units)
    if found:
        return int(found.group(1))
    rate = frontend.get("sample_rate") if isinstance(frontend, dict) else None
    return int(rate) if isinstance(rate, (int, float)) else None


def to_input(audio: Audio, path: Path, spec: TensorSpec, rate: int | None, note: Note) -> Array:
    """One channel at the model's rate: int16[n] raw for an int16 input, else float32[n] of -1..1.

    Raises ``UsageError`` (EDGE-0224) when the rates differ.
    """
    if rate is None:
        note(f"the model does not say its sample rate; {path.name} has {audio.rate} Hz")
    elif rate != audio.rate:
        raise UsageError(
            f"{path.name} has {audio.rate} Hz, the model's input {spec.name!r} wants {rate} Hz",
            next_step=f"Resample it, for example: sox {path.name} -r {rate} resampled.wav",
            code=24,
        )
    samples = audio.samples
    if samples.shape[1] > 1:
        note(f"{path.name}: {samples.shape[1]} channels are mixed down to one by their mean")
        samples = samples.mean(axis=1, keepdims=True)
    return _scaled(samples[:, 0], audio.full_scale, path, spec, note)


def _scaled(samples: Array, full_scale: float, path: Path, spec: TensorSpec, note: Note) -> Array:
    if spec.dtype != "int16" or spec.quantisation is not None:
        return (samples / full_scale).astype(np.float32)
    if full_scale != 32768.0:
        note(f"{path.name}: samples are scaled to 16 bits")
    rounded = np.rint(samples * (32768.0 / full_scale))
    return np.clip(rounded, -32768, 32767).astype(np.int16)
