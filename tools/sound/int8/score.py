"""How far the int8 form behind the fixed-point front end is from the float32 model behind its own.

The fixed-point rows are read as float32 and go through the file's QUANTIZE, which gives the same
integers back: so LiteRT hears what a microcontroller does.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import tflite
from numpy.typing import NDArray
from tflite.utils import BUILTIN_OPCODE2NAME

from edgesdk.sensing.logmel_rows import Rows
from sound.features import clip_features, row_features

from .quantise import float_answers
from .run import DEFAULT, answers

Array = NDArray[np.float32]


def compare(model: Path, content: bytes, audio: Array) -> dict[str, float]:
    """Both forms on the same clips: agreement in percent, differences in probability."""
    rows = rows_of(content)
    heard, features = row_features(audio, rows), clip_features(audio)
    wanted, given = float_answers(model, features), answers(content, heard)
    optimised = answers(content, heard, DEFAULT)
    difference = np.abs(given - wanted)
    return {
        "clips": len(audio),
        "agreement": percent(given.argmax(1) == wanted.argmax(1)),
        "mean difference": round(float(difference.mean()), 4),
        "largest difference": round(float(difference.max()), 3),
        "agreement of LiteRT's own kernels": percent(optimised.argmax(1) == given.argmax(1)),
        "equal numbers of rows": percent(steps_apart(heard, features, rows) == 0, 3),
        "largest difference of rows": int(steps_apart(heard, features, rows).max()),
    }


def steps_apart(heard: Array, features: Array, rows: Rows) -> NDArray[np.int64]:
    """Between the fixed-point rows and the float32 ones, in steps of the model's input."""
    wanted = np.clip(np.rint(features / np.float32(rows.scale)) + rows.zero, -128, 127)
    return np.abs(np.rint(heard / rows.scale) + rows.zero - wanted).astype(np.int64)


def accuracies(
    model: Path, content: bytes, audio: Array, targets: NDArray[np.int64]
) -> dict[str, float]:
    """Of both forms, in percent."""
    heard = row_features(audio, rows_of(content))
    found = {
        "float32": float_answers(model, clip_features(audio)),
        "int8": answers(content, heard),
    }
    return {form: percent(scores.argmax(1) == targets) for form, scores in found.items()}


def rows_of(content: bytes) -> Rows:
    """The front end whose rows are the model's input: behind the QUANTIZE, its first operator."""
    graph = tflite.Model.GetRootAs(content).Subgraphs(0)
    numbers = graph.Tensors(graph.Operators(0).Outputs(0)).Quantization()
    return Rows(float(numbers.Scale(0)), int(numbers.ZeroPoint(0)))


def operators(content: bytes) -> dict[str, int]:
    """How often each operator stands in a TFLite file."""
    model = tflite.Model.GetRootAs(content)
    graph = model.Subgraphs(0)
    codes = [graph.Operators(i).OpcodeIndex() for i in range(graph.OperatorsLength())]
    numbers = [model.OperatorCodes(code).BuiltinCode() for code in codes]
    return dict(sorted(Counter(BUILTIN_OPCODE2NAME[number] for number in numbers).items()))


def percent(right: NDArray[np.bool_], digits: int = 2) -> float:
    """Share of true values."""
    return round(100.0 * float(right.mean()), digits)


def table(rows: list[dict[str, Any]]) -> str:
    """Accuracies by fold and their mean, as a table of the model card."""
    lines = ["| fold | float32 | int8 | same answer |", "| --- | --- | --- | --- |"]
    numbers = [[*row["accuracy"].values(), row["difference"]["agreement"]] for row in rows]
    names = [*(row["fold"] for row in rows), "mean"]
    for name, cells in zip(names, [*numbers, np.mean(numbers, axis=0)], strict=True):
        lines.append(f"| {name} | " + " | ".join(f"{cell:.2f}" for cell in cells) + " |")
    return "\n".join(lines)
