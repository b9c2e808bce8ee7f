"""Functions of one number: all 256 of them, over many scales, against LiteRT to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.backends_mcu.kernels.networks import Spec, examples, network, scale, zero
from tests.backends_mcu.oracle import OTHERS, REFERENCE, check_model

ALL = np.arange(-128, 128).astype(np.int8)
OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "ABS": ("AbsOptions", {}),
    "GELU": ("GeluOptions", {"approximate": False}),
    "EXP": ("ExpOptions", {}),
    "HARD_SWISH": ("HardSwishOptions", {}),
}


def _check(kind: str, chance: np.random.Generator, **more: Any) -> None:
    source = Spec((256,), "int8", scale(chance, 1e-3, 0.5), zero(chance))
    target = Spec((256,), "int8", scale(chance, 1e-3, 0.5), zero(chance))
    if kind == "LOGISTIC":
        target = Spec((256,), "int8", 1 / 256, -128)
    options = more.pop("options", OPTIONS.get(kind))
    resolver = OTHERS if kind == "ELU" else REFERENCE  # the reference has no ELU
    check_model(network(kind, [source], [target], options, **more), [ALL], resolver=resolver)


@pytest.mark.parametrize("kind", ["LOGISTIC", "TANH", "ELU", "EXP", "LOG"])
def test_functions_in_float32(kind: str) -> None:
    for chance in examples(60):
        _check(kind, chance, version=1 if kind == "ELU" else 2)


@pytest.mark.parametrize("approximate", [False, True])
def test_gelu(approximate: bool) -> None:
    for chance in examples(60):
        _check("GELU", chance, options=("GeluOptions", {"approximate": approximate}))


@pytest.mark.parametrize("kind", ["RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1"])
def test_clipping(kind: str) -> None:
    for chance in examples(30):
        _check(kind, chance, version=1 if "TO_1" in kind else 2)


def test_leaky_relu() -> None:
    for chance in examples(60):
        alpha = float(np.float32(chance.uniform(0, 1.5)))
        _check("LEAKY_RELU", chance, options=("LeakyReluOptions", {"alpha": alpha}), version=2)


def test_abs() -> None:
    for chance in examples(60):
        _check("ABS", chance, version=2)


def test_hard_swish() -> None:
    for chance in examples(80):
        step = scale(chance, 1e-3, 0.5)
        source = Spec((256,), "int8", step, zero(chance))
        target = Spec((256,), "int8", step * chance.uniform(0.3, 2), zero(chance))
        check_model(network("HARD_SWISH", [source], [target], OPTIONS["HARD_SWISH"]), [ALL])


def test_inverse_root() -> None:
    for chance in examples(60):
        source = Spec((256,), "int8", scale(chance, 1e-5, 1), zero(chance))
        target = Spec((256,), "int8", scale(chance, 1e-3, 1), zero(chance))
        positive = np.maximum(ALL, source.zero).astype(np.int8)  # LiteRT refuses others
        check_model(network("RSQRT", [source], [target], version=2), [positive])
