"""How far the int8 form is from the float32 model."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import tflite
from numpy.typing import NDArray
from tflite.utils import BUILTIN_OPCODE2NAME

from .quantise import float_answers
from .run import DEFAULT, answers

Array = NDArray[np.float32]


def compare(model: Path, content: bytes, features: Array) -> dict[str, float]:
    """Both forms on the same features: agreement in percent, differences in probability."""
    wanted, given = float_answers(model, features), answers(content, features)
    optimised = answers(content, features, DEFAULT)
    difference = np.abs(given - wanted)
    return {
        "clips": len(features),
        "agreement": percent(given.argmax(1) == wanted.argmax(1)),
        "mean difference": round(float(difference.mean()), 4),
        "largest difference": round(float(difference.max()), 3),
        "agreement of LiteRT's own kernels": percent(optimised.argmax(1) == given.argmax(1)),
    }


def accuracies(
    model: Path, content: bytes, features: Array, targets: NDArray[np.int64]
) -> dict[str, float]:
    """Of both forms, in percent."""
    found = {"float32": float_answers(model, features), "int8": answers(content, features)}
    return {form: percent(scores.argmax(1) == targets) for form, scores in found.items()}


def operators(content: bytes) -> dict[str, int]:
    """How often each operator stands in a TFLite file."""
    model = tflite.Model.GetRootAs(content)
    graph = model.Subgraphs(0)
    codes = [graph.Operators(i).OpcodeIndex() for i in range(graph.OperatorsLength())]
    numbers = [model.OperatorCodes(code).BuiltinCode() for code in codes]
    return dict(sorted(Counter(BUILTIN_OPCODE2NAME[number] for number in numbers).items()))


def percent(right: NDArray[np.bool_]) -> float:
    """Share of true values."""
    return round(100.0 * float(right.mean()), 2)


def table(rows: list[dict[str, Any]]) -> str:
    """Accuracies by fold, as a table of the model card."""
    lines = ["| fold | float32 | int8 | same answer |", "| --- | --- | --- | --- |"]
    for row in rows:
        both = row["accuracy"]
        cells = (row["fold"], both["float32"], both["int8"], row["difference"]["agreement"])
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)
