"""RoPE's angles with the scalings that stretch a model to a longer context."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..decoder.config import rope_frequencies
from .decoder_checks import bad_config, unsupported

_PLAIN = ("default", "none", "")


def scaled_frequencies(
    head_size: int, theta: float, scaling: Mapping[str, Any] | None, name: str
) -> tuple[float, ...]:
    """Angles per position for each pair of a head; ``scaling`` is as in a ``config.json``.

    Raises ``ModelRefused`` (EDGE-02101 for a number that is none, EDGE-02102 for another scaling).
    """
    scaling = scaling or {}
    if not 1 <= theta <= 1e12:
        raise bad_config(name, f"the base of its angles is {theta:g}")
    frequencies = rope_frequencies(head_size, theta)
    kind = scaling.get("rope_type", scaling.get("type", "default"))
    if kind in _PLAIN:
        return frequencies
    if kind not in ("linear", "llama3"):
        raise unsupported(
            f"rope scaling {str(kind)[:40]!r}",
            "none, linear and llama3 are read",
            "Remove it from the configuration to use the model at its original context",
        )
    factor = _number(scaling, "factor", name)
    if kind == "linear":
        return tuple(frequency / factor for frequency in frequencies)
    low, high = (_number(scaling, key, name) for key in ("low_freq_factor", "high_freq_factor"))
    original = _number(scaling, "original_max_position_embeddings", name)
    if low >= high:
        raise bad_config(name, f"low_freq_factor {low} is not below high_freq_factor {high}")
    return tuple(_llama3(f, factor, low, high, original) for f in frequencies)


def _llama3(frequency: float, factor: float, low: float, high: float, original: float) -> float:
    """Fast pairs stay, slow ones are slowed down by ``factor``, those between are blended."""
    turns = original * frequency / (2 * math.pi)  # in the original context
    share = min(1.0, max(0.0, (turns - low) / (high - low)))
    return frequency * (share + (1 - share) / factor)


def _number(scaling: Mapping[str, Any], key: str, name: str) -> float:
    value = scaling.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e9:
        raise bad_config(name, f"the {key} of its rope scaling is {str(value)[:40]}")
    return float(value)
