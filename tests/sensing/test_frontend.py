"""The description of the front end in a manifest, and its refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest

from edgesdk.errors import DoesNotFit, InputMismatch
from edgesdk.sensing import frontend
from edgesdk.sensing.logmel import log_mel

DESCRIBED = {
    "name": "log-mel",
    "revision": 1,
    "sample_rate": 16000,
    "samples": 80000,
    "window": 1024,
    "hop": 625,
    "fft": 1024,
    "mels": 64,
    "frames": 128,
}


def test_description_survives_json() -> None:
    assert frontend.frontend_of() == DESCRIBED
    frontend.check(json.loads(json.dumps(frontend.frontend_of())))


def test_apply_gives_the_models_input() -> None:
    audio = np.random.default_rng(0).uniform(-1, 1, 80000).astype(np.float32)
    features = frontend.apply(DESCRIBED, audio)
    assert features.shape == (1, 128, 64) and features.dtype == np.float32
    assert np.array_equal(features[0], log_mel(audio))


@pytest.mark.parametrize("key", list(DESCRIBED))
def test_refuses_any_other_value(key: str) -> None:
    other = {**DESCRIBED, key: "mfcc" if key == "name" else 7}
    with pytest.raises(DoesNotFit) as caught:
        frontend.check(other)
    assert caught.value.id == "EDGE-0960"
    assert (key if key != "samples" else "frames") in caught.value.evidence


@pytest.mark.parametrize("key", list(DESCRIBED))
def test_refuses_a_missing_key(key: str) -> None:
    with pytest.raises(DoesNotFit):
        frontend.check({other: value for other, value in DESCRIBED.items() if other != key})


@pytest.mark.parametrize("samples", [0, -625, True, 80000.0, "80000", 80001, None, 625 << 40])
def test_refuses_odd_lengths(samples: object) -> None:
    with pytest.raises(DoesNotFit):
        frontend.check({**DESCRIBED, "samples": samples})


@pytest.mark.parametrize("document", [None, [], "log-mel", 1])
def test_refuses_what_is_no_object(document: object) -> None:
    with pytest.raises(DoesNotFit):
        frontend.check(document)


def test_specs_name_both_inputs() -> None:
    assert frontend.audio_spec(DESCRIBED).describe() == "float32[80000]"
    assert frontend.feature_spec(DESCRIBED).describe() == "float32[1, 128, 64]"


def test_refuses_an_unknown_key() -> None:
    with pytest.raises(DoesNotFit, match="front end"):
        frontend.check({**DESCRIBED, "dct": 13})


@pytest.mark.parametrize("audio", [np.zeros(80000), np.zeros(79999, np.float32)])
def test_apply_refuses_other_audio(audio: np.ndarray) -> None:
    with pytest.raises(InputMismatch) as caught:
        frontend.apply(DESCRIBED, audio)
    assert caught.value.id == "EDGE-0265"
