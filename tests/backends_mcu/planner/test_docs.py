"""docs/execution-plan.md lists exactly the operators that can be planned."""

from __future__ import annotations

import re
from pathlib import Path

import edgesdk_backends.mcu.planner.operators  # noqa: F401 - registers the lowerings
from edgesdk_backends.mcu.planner.onnx_graph import HANDLERS
from edgesdk_backends.mcu.planner.rewrite import RESHAPES
from edgesdk_backends.mcu.planner.step import LOWERINGS

PAGE = (Path(__file__).parents[3] / "docs/execution-plan.md").read_text("utf-8")


def listed(after: str) -> list[str]:
    """The names in the block of code that follows a heading."""
    block = re.search(re.escape(after) + r".*?```text\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    return block[1].split()


def test_tflite_operators() -> None:
    names = listed("**TFLite operators**")
    assert names == sorted(names)
    assert set(names) == (set(LOWERINGS) | RESHAPES) - {
        "LOOKUP",
        "LAYER_NORMALIZATION",
    }  # importers make these


def test_onnx_operators() -> None:
    names = listed("**ONNX operators**")
    assert names == sorted(names)
    assert set(names) == set(HANDLERS)
