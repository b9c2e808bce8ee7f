"""What the reference lets pass: right engines of every size, and no wrong one."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edgesdk.decoder.golden import EXECUTOR, Golden
from edgesdk.decoder.weights import DecoderModel, Dense, Layer, Linear, Ternary
from edgesdk.errors import InternalFault
from edgesdk_backends.cpu.decoder.opening import open_content
from edgesdk_backends.cpu.decoder.options import PackOptions
from edgesdk_backends.cpu.decoder.packed_writer import write_packed
from tests.decoder.models import Changed, random_model


def golden(right: DecoderModel, packed: DecoderModel, **options: Any) -> Golden:
    """The gate of one model, with an engine that runs another."""
    file = io.BytesIO()
    write_packed(packed, file, PackOptions(**options))
    continuation = min(16, right.config.context)
    return Golden(right, lambda: open_content(file.getvalue(), None, continuation), "engine")


@pytest.mark.parametrize(
    "sizes",
    [
        {},
        {"ternary": False},
        {"context": 1},
        {"context": 16},
        {"context": 22},
        {"vocabulary": 8},
        {"vocabulary": 17, "hidden": 48, "heads": 3, "kv_heads": 1},
        {"layers": 24, "hidden": 96, "intermediate": 128},
        {"tied": False},
    ],
    ids=str,
)
@pytest.mark.parametrize("options", [{}, {"rescore": 1}, {"head": "int8"}], ids=str)
def test_the_right_engine_passes(sizes: dict[str, Any], options: dict[str, Any]) -> None:
    model = random_model(5, **sizes)
    gate = golden(model, model, **options)
    samples = gate.samples(3)
    assert len(samples) == 3
    answers = gate.answers(samples)
    assert answers.executor == EXECUTOR or answers.notes


def _changed(linear: Linear, change: Callable[[Any], Any]) -> Linear:
    if isinstance(linear, Ternary):
        return Ternary(change(linear.codes), linear.scale)
    return Dense(change(linear.weights))


def _short(values: Any) -> Any:
    """The last entries of the depth left out."""
    found = values.copy()
    found[:, -4:] = 0
    return found


MATRICES = ("query", "key", "value", "output", "gate", "up", "down")
WRONG_LAYERS: dict[str, Callable[[Layer], Layer]] = {
    "no attention": lambda layer: replace(layer, output=_changed(layer.output, np.zeros_like)),
    "keys upside down": lambda layer: replace(layer, key=_changed(layer.key, np.flipud)),
    "norm ignored": lambda layer: replace(layer, attention_norm=np.ones_like(layer.attention_norm)),
    "depth cut": lambda layer: replace(
        layer, **{name: _changed(getattr(layer, name), _short) for name in MATRICES}
    ),
}
WRONG_CONFIGS: dict[str, dict[str, Any]] = {
    "other pairing": {"pairing": "adjacent"},
    "other activation": {"activation": "relu2"},
    "no positions": {"frequencies": (0.0,) * 8},
}


@pytest.mark.parametrize("ternary", [True, False])
@pytest.mark.parametrize("fault", [*WRONG_LAYERS, *WRONG_CONFIGS])
def test_a_wrong_engine_does_not(fault: str, ternary: bool) -> None:
    model = random_model(6, ternary=ternary)
    if fault in WRONG_CONFIGS:
        wrong = replace(model, config=replace(model.config, **WRONG_CONFIGS[fault]))
    else:
        wrong = replace(model, weights=Changed(model, WRONG_LAYERS[fault]))
    gate = golden(model, wrong)
    with pytest.raises(InternalFault) as refused:
        gate.answers(gate.samples(3))
    assert refused.value.id == "EDGE-0140"


@pytest.mark.parametrize("options", [{}, {"head": "int8"}], ids=str)
@pytest.mark.parametrize("seed", range(6))
def test_a_vocabulary_of_one_token(seed: int, options: dict[str, Any]) -> None:
    """Its logits are one number, whose deviation says nothing, and which may lie near zero."""
    model = random_model(seed, vocabulary=1, activation="relu2")
    gate = golden(model, model, **options)
    assert gate.answers(gate.samples(2)).executor == EXECUTOR
    wrong = golden(model, replace(model, weights=Changed(model, WRONG_LAYERS["no attention"])))
    with pytest.raises(InternalFault):
        wrong.answers(wrong.samples(2))
