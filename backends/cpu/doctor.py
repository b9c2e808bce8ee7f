"""What this machine has for models on its CPU: the engines."""

from __future__ import annotations

from collections.abc import Sequence

from .engines import LITERT, ONNXRUNTIME
from .fit import versions

Row = tuple[str, bool, str]


def rows() -> Sequence[Row]:
    """(what, whether it is there, evidence or remedy)."""
    found = versions()
    return [
        (engine, engine in found, found.get(engine, "pip install 'edgesdk[cpu]'"))
        for engine in (ONNXRUNTIME, LITERT)
    ]
