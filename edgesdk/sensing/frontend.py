"""The feature front end that a bundle's manifest names, between raw samples and the model.

In the manifest (key ``frontend``) and in an ONNX model's metadata (key ``edgesdk.frontend``, as
JSON) it is one flat object, for example::

    {"name": "log-mel", "revision": 1, "sample_rate": 16000, "samples": 80000, "window": 1024,
     "hop": 625, "fft": 1024, "mels": 64, "frames": 128}

A device computes it only when its own compiled front end has exactly these numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DoesNotFit, ModelRefused
from ..tensors import TensorSpec
from .logmel import description, log_mel

NAME = "log-mel"
AUDIO, FEATURES = "audio", "features"
_KEYS = {"name", "revision", "sample_rate", "samples", "window", "hop", "fft", "mels", "frames"}


def frontend_of(samples: int) -> dict[str, Any]:
    """The front end that this library computes, for clips of so many samples."""
    found = description()
    return {"name": NAME, **found, "samples": samples, "frames": samples // found["hop"]}


def check(frontend: Any) -> None:
    """Refuse a front end that is none, or that this library does not compute.

    Raises ``ModelRefused`` (EDGE-0218) for a malformed one, ``DoesNotFit`` (EDGE-0905) otherwise.
    """
    if not isinstance(frontend, Mapping) or set(frontend) != _KEYS:
        raise ModelRefused(
            "The model's front end is not described as it must be",
            evidence=f"it needs exactly the keys {', '.join(sorted(_KEYS))}",
            code=18,
        )
    samples, hop = frontend["samples"], description()["hop"]
    if type(samples) is not int or not hop <= samples < 1 << 28 or samples % hop:
        raise ModelRefused(
            "The model's front end asks for clips of an impossible length",
            evidence=f"{samples!r} samples; a whole number of hops of {hop} is possible",
            code=18,
        )
    ours = frontend_of(samples)
    if differing := [key for key in sorted(_KEYS) if frontend[key] != ours[key]]:
        raise DoesNotFit(
            f"The front end {str(frontend['name'])[:40]} of the model is not the device's",
            evidence="; ".join(
                f"{key}: model {frontend[key]!r}, device {ours[key]!r}" for key in differing
            ),
            next_step="Install the release of edgesdk that the model was trained with",
            code=5,
        )


def audio_spec(frontend: Mapping[str, Any]) -> TensorSpec:
    """What goes in: float32[samples] in -1..1."""
    units = f"samples at {frontend['sample_rate']} Hz"
    return TensorSpec(AUDIO, "float32", (frontend["samples"],), units)


def feature_spec(frontend: Mapping[str, Any]) -> TensorSpec:
    """What comes out, and goes into the model: float32[1, frames, mels]."""
    return TensorSpec(FEATURES, "float32", (1, frontend["frames"], frontend["mels"]))


def apply(frontend: Mapping[str, Any], audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32[samples] -> float32[1, frames, mels]; ``frontend`` was checked before."""
    return log_mel(audio)[None]
