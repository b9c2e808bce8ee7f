"""Post-training quantisation of the sound model, from its ONNX file to the int8 TFLite file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from sound.features import clip_features

from .encoder import build
from .integer import choose, float_model, integer_model
from .run import answers, sample
from .weights import read_weights

Array = NDArray[np.float32]

TOLERANCE = 2e-3  # probability: the norms leave out what layer normalisation adds to a mean square


def calibration(audio: Array) -> Array:
    """Features of clips as they are, at full scale, and at a tenth: microphones differ."""
    peaks = np.abs(audio).max(1, keepdims=True)
    louder = audio / np.maximum(peaks, 1e-6).astype(np.float32)
    return np.concatenate([clip_features(views) for views in (audio, louder, audio * 0.1)])


def quantise(model: Path, features: Array) -> bytes:
    """The int8 form, with the numbers of each tensor chosen on ``features``."""
    weights, metadata = read_weights(model)
    graph = build(weights, *features.shape[1:])
    plain = float_model(graph)
    few = features[:: max(1, len(features) // 16)]
    error = float(np.abs(answers(plain, few) - float_answers(model, few)).max())
    if error > TOLERANCE:
        raise SystemExit(f"The graph to quantise differs from {model} by {error:.2e}")
    return integer_model(graph, choose(graph, sample(plain, features)), metadata)


def float_answers(model: Path, features: Array) -> Array:
    """What the ONNX file gives: features [clips, frames, mels] -> scores [clips, classes]."""
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    return np.concatenate(
        [session.run(["scores"], {"features": clip[None]})[0] for clip in features]
    )
