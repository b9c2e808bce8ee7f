"""The feature front end that a bundle's manifest names, between raw samples and the model.

In the manifest (key ``frontend``) and in an ONNX model's metadata (key ``edgesdk.frontend``, as
JSON) it is one flat object, for example::

    {"name": "log-mel", "revision": 1, "sample_rate": 16000, "samples": 80000, "window": 1024,
     "hop": 625, "fft": 1024, "mels": 64, "frames": 128}

A device computes it only when its own compiled front end has exactly these numbers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DoesNotFit, InputMismatch, ModelRefused
from ..tensors import TensorSpec
from .logmel import description, log_mel

if TYPE_CHECKING:
    from ..formats import SourceModel

NAME = "log-mel"
METADATA_KEY = "edgesdk.frontend"
AUDIO, FEATURES = "audio", "features"
SAMPLES = 80000  # 5 s at 16 kHz
LONGEST = 1 << 28  # samples, more than four hours: a cap on what a model can ask for


def frontend_of(samples: int = SAMPLES) -> dict[str, Any]:
    """The front end that this library computes, for clips of so many samples."""
    found = description()
    return {"name": NAME, **found, "samples": samples, "frames": samples // found["hop"]}


def audio_spec(frontend: Mapping[str, Any]) -> TensorSpec:
    """The input of the model behind its front end: ``audio``, float32[samples] in -1..1."""
    units = f"full scale at {frontend['sample_rate']} Hz"
    return TensorSpec(AUDIO, "float32", (frontend["samples"],), units)


def feature_spec(frontend: Mapping[str, Any]) -> TensorSpec:
    """The input of the model itself: ``features``, float32[1, frames, mels]."""
    return TensorSpec(FEATURES, "float32", (1, frontend["frames"], frontend["mels"]))


def check(frontend: Any) -> None:
    """Raise ``DoesNotFit`` (EDGE-0960) unless this library computes exactly this front end."""
    given = frontend if isinstance(frontend, Mapping) else {}
    samples = given.get("samples")
    if type(samples) is not int or not 0 < samples <= LONGEST:
        samples = SAMPLES
    ours = frontend_of(samples)
    wrong = sorted(
        f"{key}: the model has {repr(given.get(key))[:60]}, this runtime {ours.get(key)!r}"
        for key in {*given, *ours}
        if not _same(given.get(key), ours.get(key))
    )
    if wrong or ours["samples"] % ours["hop"]:
        raise DoesNotFit(
            f"The model's front end is not the {NAME} of this runtime",
            evidence="; ".join(wrong) or f"samples: {samples} is not a whole number of hops",
            next_step="Train the model again with this version of edgesdk, or install the version "
            "that it was trained with",
            code=60,
        )


def of_source(source: SourceModel) -> dict[str, Any] | None:
    """The front end that a source model's metadata names, or None.

    Raises ``ModelRefused`` (EDGE-0218) when it is malformed or does not give what the model takes.
    """
    text = source.metadata.get(METADATA_KEY)
    if text is None:
        return None
    try:
        frontend = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelRefused(
            f"{source.path.name} has a front end that is not JSON", evidence=str(error), code=18
        ) from None
    check(frontend)
    wanted = feature_spec(frontend)
    given = [(spec.name, spec.dtype, spec.shape) for spec in source.inputs]
    if given != [(wanted.name, wanted.dtype, wanted.shape)]:
        raise ModelRefused(
            f"{source.path.name} does not take what its front end gives",
            evidence=f"front end: {wanted.name} {wanted.describe()}; "
            f"model: {', '.join(f'{s.name} {s.describe()}' for s in source.inputs)}",
            code=18,
        )
    return dict(frontend)


def _same(given: Any, ours: Any) -> bool:
    """Equal and of one type: 80000.0 is no number of samples, True no revision."""
    return type(given) is type(ours) and given == ours


def apply(frontend: Mapping[str, Any], audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32[samples] in -1..1 -> the model's input, float32[1, frames, mels].

    ``frontend`` was checked before. Raises ``InputMismatch`` (EDGE-0265) for audio of another
    dtype or length.
    """
    if audio.dtype != np.float32 or audio.shape != (frontend["samples"],):
        raise InputMismatch(
            f"The model listens to float32[{frontend['samples']}], "
            f"got {audio.dtype}{list(audio.shape)}",
            evidence=f"{frontend['samples']} samples at {frontend['sample_rate']} Hz",
            next_step="Resample to that rate, mix to mono, scale to -1..1, trim or pad",
            code=65,
        )
    return log_mel(audio)[np.newaxis]
