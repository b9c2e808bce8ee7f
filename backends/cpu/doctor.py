"""What this machine has for models on its CPU, besides what the extra ``cpu`` brings."""

from __future__ import annotations

from collections.abc import Sequence

from edgesdk.errors import EdgeError

Row = tuple[str, bool, str]


def rows() -> Sequence[Row]:
    """(what, whether it is there, evidence or remedy)."""
    try:
        from .decoder import native  # noqa: F401 - whether it loads is the question
    except EdgeError as error:
        return [("kernels", False, error.evidence or error.what)]
    return [("kernels", True, "those of ternary language models load")]
