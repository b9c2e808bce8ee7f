"""Post-training quantisation of the sound model, from its ONNX file to the int8 TFLite file.

The features that it is measured on are those of the fixed-point front end, as a microcontroller
will give them to it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from edgesdk.sensing.logmel_rows import Rows
from sound.features import clip_features, row_features

from .encoder import build
from .integer import choose, float_model, integer_model
from .numbers import Numbers, of_samples
from .run import answers, sample
from .weights import read_weights

Array = NDArray[np.float32]

# A step of int8 probabilities: the norms leave out what layer normalisation adds to mean squares.
TOLERANCE = 1 / 256


def calibration(audio: Array) -> Array:
    """Clips as they are, at full scale, and at a tenth: microphones differ."""
    peaks = np.abs(audio).max(1, keepdims=True)
    louder = audio / np.maximum(peaks, 1e-6).astype(np.float32)
    return np.concatenate([audio, louder, audio * np.float32(0.1)])


def quantise(model: Path, audio: Array) -> bytes:
    """The int8 form, with the numbers of each tensor chosen on clips, float32[clips, samples]."""
    entrance = of_rows(audio)
    features = row_features(audio, Rows(float(entrance.scales[0]), entrance.zero))
    weights, metadata = read_weights(model)
    graph = build(weights, *features.shape[1:])
    plain = float_model(graph)
    few = features[:: max(1, len(features) // 16)]
    error = float(np.abs(answers(plain, few) - float_answers(model, few)).max())
    if error > TOLERANCE:
        raise SystemExit(f"The graph to quantise differs from {model} by {error:.2e}")
    return integer_model(graph, choose(graph, sample(plain, features), entrance), metadata)


def of_rows(audio: Array) -> Numbers:
    """The numbers of the model's input, so of the rows: from every eighth frame."""
    return of_samples(clip_features(audio)[:, ::8].ravel())


def float_answers(model: Path, features: Array) -> Array:
    """What the ONNX file gives: features [clips, frames, mels] -> scores [clips, classes]."""
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    return np.concatenate(
        [session.run(["scores"], {"features": clip[None]})[0] for clip in features]
    )
