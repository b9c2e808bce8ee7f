"""Figures that somebody published: in a profile's file, and beside a prediction of their model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgesdk.decoder.config import DecoderConfig
from edgesdk.predict import DECODE, PREFILL, Published
from edgesdk.predict.model import named_shape, shape_names

_KEYS = {"model", "phase", "at", "value", "unit", "source"}
_SIZES = ("vocabulary", "hidden", "intermediate", "layers", "heads", "kv_heads", "head_size")


@dataclass(frozen=True)
class FigureOf:
    """A figure, and the name of the shape that it was measured with."""

    model: str
    figure: Published

    def is_of(self, config: DecoderConfig) -> bool:
        """Whether a model has the sizes of that shape, whatever its name."""
        measured = named_shape(self.model).shape
        return all(getattr(config, size) == getattr(measured, size) for size in _SIZES)


def figures_in(document: Mapping[str, Any], design: str) -> tuple[FigureOf, ...]:
    """``[[published]]`` of a profile. Raises ``ValueError``."""
    rows = document.get("published", [])
    if not isinstance(rows, list):
        raise ValueError("[[published]] is a list")
    return tuple(_figure(row, design) for row in rows)


def _figure(row: Any, design: str) -> FigureOf:
    if not isinstance(row, dict) or set(row) != _KEYS:
        raise ValueError(f"[[published]] holds tables of {', '.join(sorted(_KEYS))}")
    if row["model"] not in shape_names():
        raise ValueError(f"[[published]]: model is one of {', '.join(shape_names())}")
    if row["phase"] not in (DECODE, PREFILL) or row["unit"] not in ("s", "tokens/s"):
        raise ValueError("[[published]]: phase is decode or prefill, and unit is s or tokens/s")
    at, value, source = row["at"], row["value"], row["source"]
    if type(at) is not int or not 0 < at < 1 << 30:
        raise ValueError("[[published]]: at is a length")
    if type(value) not in (int, float) or not 0 < value < 1e12:
        raise ValueError("[[published]]: value is a number above zero")
    if not isinstance(source, str) or not source.strip():
        raise ValueError("[[published]] needs a source")
    figure = Published(row["phase"], at, float(value), row["unit"], source, design)
    return FigureOf(row["model"], figure)
