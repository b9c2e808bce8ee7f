"""Functions in float32 for the tables of lookups.

Each is computed in float64 and rounded once, so that a model's plan is the same on every machine;
a C library's own float32 functions come within a last place of that.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..graph import Array

_ONE = np.float32(1)


def _by_element(function: Callable[[float], float]) -> Callable[[Array], Array]:
    def apply(values: Array) -> Array:
        return np.array([function(float(value)) for value in values]).astype(np.float32)

    return apply


LARGEST_EXPONENT = 88.7  # beyond, float32 has no number


exp = _by_element(lambda value: math.exp(min(value, LARGEST_EXPONENT)))
tanh = _by_element(math.tanh)
elu = _by_element(lambda value: math.expm1(value) if value < 0 else value)
_erfc = _by_element(math.erfc)


def round_away(values: Array) -> Array:
    """To nearest, halves away from zero."""
    sizes = np.floor(np.abs(values.astype(np.float64)) + 0.5)
    return np.copysign(sizes, values).astype(values.dtype)


def rsqrt(values: Array, otherwise: np.float32) -> Array:
    """1 / sqrt(x); ``otherwise`` where there is none."""
    positive = np.where(values > 0, values, _ONE)
    result: Array = np.where(values > 0, _ONE / np.sqrt(positive), otherwise)
    return result


def logistic(values: Array) -> Array:
    """1 / (1 + exp(-x))."""
    result: Array = _ONE / (_ONE + exp(-values))
    return result


def gelu(values: Array) -> Array:
    """x times the normal distribution's share below x."""
    result: Array = np.float32(0.5) * values * _erfc(values * np.float32(-math.sqrt(0.5)))
    return result


def gelu_by_tanh(values: Array) -> Array:
    """The usual approximation of it."""
    cube = np.float32(0.044715) * values * values * values
    inner = np.float32(math.sqrt(2 / math.pi)) * (values + cube)
    result: Array = np.float32(0.5) * values * (_ONE + tanh(inner))
    return result


def log(values: Array, otherwise: np.float32) -> Array:
    """The natural logarithm; ``otherwise`` where there is none."""
    logarithm = _by_element(lambda value: math.log(value) if value > 0 else float(otherwise))
    return logarithm(values)
