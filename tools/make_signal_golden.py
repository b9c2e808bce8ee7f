"""Record what TensorFlow Lite Micro answers, for the tests of the signal operators.

Needs the packages tflite-micro and tflite, and the data folder; writes
tests/backends_cpu/signal/golden.npz: for each output of each test case, its values over all runs.

    python tools/make_signal_golden.py --data "$EDGESDK_DATA"
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tflite
from tflite_micro.python.tflite_micro.runtime import Interpreter

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests/backends_cpu/signal/golden.npz"
ARENA = 1 << 20  # bytes
sys.path.insert(0, str(ROOT))

from tests.backends_cpu.signal.cases import cases  # noqa: E402
from tests.backends_cpu.signal.frames import CLIPS, FRAME, clip, samples  # noqa: E402

MODELS = ("audio_preprocessor_int8", "audio_preprocessor_float")


def answers(model: bytes, runs: Sequence[Sequence[np.ndarray]]) -> list[np.ndarray]:
    """The outputs of all runs in turn, stacked: one array [runs, ...] for each output."""
    interpreter = Interpreter.from_bytes(model, arena_size=ARENA)
    outputs = tflite.Model.GetRootAs(model, 0).Subgraphs(0).OutputsLength()
    rows = [_answer(interpreter, inputs, outputs) for inputs in runs]
    return [np.stack(column) for column in zip(*rows, strict=True)]


def _answer(
    interpreter: Interpreter, inputs: Sequence[np.ndarray], outputs: int
) -> list[np.ndarray]:
    for index, array in enumerate(inputs):
        interpreter.set_input(array, index)
    interpreter.invoke()
    return [np.array(interpreter.get_output(index)) for index in range(outputs)]


def recordings(data: Path) -> dict[str, list[np.ndarray]]:
    """Name of a case to its outputs; those on real models and clips are named ``model/clip``."""
    found = {case.name: answers(case.model, case.runs) for case in cases()}
    folder = data / "tflm-micro-speech"
    extremes = [frame[None] for frame in samples(99, FRAME, 42)]
    for name in MODELS:
        model = (folder / f"{name}.tflite").read_bytes()
        for sound in CLIPS:
            frames = clip(folder / f"{sound}.wav")
            found[f"{name}/{sound}"] = answers(model, [(frame,) for frame in frames])
        found[f"{name}/extremes"] = answers(model, [(frame,) for frame in extremes])
    return found


def main() -> None:
    """Write the golden file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    found = recordings(parser.parse_args().data)
    named = {f"{name}:{i}": array for name, row in found.items() for i, array in enumerate(row)}
    np.savez_compressed(GOLDEN, **named)


if __name__ == "__main__":
    main()
