"""A model's outputs as text for people and as JSON."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..real_values import real_values
from ..tensors import Array, TensorSpec
from .text import table

_TOP = 5  # entries of a labelled output that are shown
_PREVIEW = 8  # values of any other output


def as_text(spec: TensorSpec, array: Array) -> str:
    """Name, dtype and shape; then the top labels, or the first values."""
    head = f"{spec.name}  {spec.dtype}{list(array.shape)}"
    entries = top(spec, array)
    if entries:
        rows = [(entry["label"], f"{entry['score']:.4g}") for entry in entries]
        return head + "\n" + _indented(table(rows))
    flat = array.reshape(-1)
    values = " ".join(_value(value) for value in flat[:_PREVIEW])
    return f"{head}\n  {values}{' …' if flat.size > _PREVIEW else ''}"


def as_json(spec: TensorSpec, array: Array) -> dict[str, Any]:
    """``dtype``, ``shape``, ``data`` (row-major, as stored), and ``labels`` and ``top``."""
    document: dict[str, Any] = {
        "dtype": spec.dtype,
        "shape": list(array.shape),
        "data": [_text(value) for value in array.reshape(-1).tolist()],
    }
    if spec.labels:
        document["labels"] = list(spec.labels)
    if entries := top(spec, array):
        document["top"] = entries
    return document


def top(spec: TensorSpec, array: Array) -> list[dict[str, Any]]:
    """The labels with the highest scores, the highest first; real values where quantised.

    Empty unless the output is one row with a label per entry.
    """
    if not spec.labels or array.size != len(spec.labels) or array.dtype.kind not in "iuf":
        return []
    scores = real_values(array, spec.quantisation).reshape(-1)
    order = np.argsort(-np.nan_to_num(scores, nan=-math.inf), kind="stable")[:_TOP]
    return [{"label": spec.labels[i], "score": float(scores[i])} for i in order]


def _value(value: Any) -> str:
    value = _text(value)
    return f"{value:.6g}" if isinstance(value, (float, np.floating)) else str(value)


def _text(value: Any) -> Any:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
