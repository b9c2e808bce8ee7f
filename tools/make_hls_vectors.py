"""Write vectors for the HLS test bench: python tools/make_hls_vectors.py FOLDER.

Plays tiny random decoders through the numpy model of docs/fpga-numerics.md, in calls of several
tokens and of one, and calls that must be refused; writes what each call found and left, in the
format that hls/tb/vectors.hpp describes. hls/tb and Vitis HLS's simulation play them again.
"""

from __future__ import annotations

import argparse
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from edgesdk.decoder.config import ADJACENT, RELU2, SILU
from edgesdk_backends.fpga.emulator.engine import Engine
from edgesdk_backends.fpga.numpy_model.engine import NumpyEngine
from edgesdk_backends.fpga.registers.spec import BLOCKS, OPERATION
from tests.backends_fpga.numpy_model.layout import BASE, Board
from tests.decoder.models import random_model

MAGIC = b"EDGEVEC1"
BLOCK = BLOCKS["decoder"]
FIRST_INPUT = BLOCK.registers[0].offset

# What differs from one to the next: the activation, the norms, how heads share keys, padding.
MODELS: dict[str, dict[str, Any]] = {
    "silu": {"seed": 1, "activation": SILU, "pairing": ADJACENT, "kv_heads": 4, "vocabulary": 40},
    "relu2": {"seed": 2, "activation": RELU2, "kv_heads": 2, "vocabulary": 33},
    "bare": {"seed": 3, "activation": SILU, "sub_norms": False, "kv_heads": 1, "hidden": 48,
             "head_size": 16, "heads": 3, "intermediate": 112, "vocabulary": 17},
}  # fmt: skip
SIZES = {"layers": 2, "context": 24}
PROMPT, LATER = 11, 3  # tokens of the first call, and calls of one token after it


@dataclass
class Recorder:
    """An engine that notes what another one does. See ``Engine``."""

    engine: Engine
    image: NDArray[np.uint8] | None = None
    left: NDArray[np.uint8] | None = None  # the memory, as the last call left it
    calls: list[bytes] = field(default_factory=list)
    base: int = 0
    size: int = 0

    @property
    def name(self) -> str:
        """Of the engine that computes."""
        return self.engine.name

    def start(self, registers: NDArray[np.uint32], memory: NDArray[np.uint8], base: int) -> int:
        """Run to the end and return the status."""
        before, inputs = memory.copy(), registers.copy()
        if self.left is None:
            self.image, self.base, self.size = before, base, memory.size
        written = _patches(before if self.left is None else self.left, before)
        status = self.engine.start(registers, memory, base)
        self.left = memory.copy()
        self.calls.append(
            written
            + _registers(inputs, [offset for item in BLOCK.inputs for offset in item.words])
            + _registers(registers, self._outputs(int(inputs[FIRST_INPUT // 4])))
            + _patches(before, memory)
        )
        return status

    @staticmethod
    def _outputs(operation: int) -> list[int]:
        """Only ``identify`` writes them all."""
        identify = operation == OPERATION["identify"]
        return [item.offset for item in BLOCK.outputs if identify or item.name == "status"]

    def file(self) -> bytes:
        """Everything, in the test bench's format."""
        assert self.image is not None, "no call was made"
        head = struct.pack("<IIQQ", BLOCK.range // 4, len(self.calls), self.base, self.size)
        return MAGIC + head + _patches(np.zeros_like(self.image), self.image) + b"".join(self.calls)


def _registers(words: NDArray[np.uint32], offsets: Sequence[int]) -> bytes:
    pairs = [(offset, int(words[offset // 4])) for offset in offsets]
    return struct.pack("<I", len(pairs)) + b"".join(struct.pack("<II", *pair) for pair in pairs)


def _patches(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> bytes:
    """What changed, in whole runs; nearby runs are one."""
    changed = np.flatnonzero(before != after)
    runs = np.split(changed, np.flatnonzero(np.diff(changed) > 64) + 1) if changed.size else []
    parts = [
        struct.pack("<QQ", run[0], run[-1] + 1 - run[0]) + after[run[0] : run[-1] + 1].tobytes()
        for run in runs
    ]
    return struct.pack("<I", len(parts)) + b"".join(parts)


def vectors(name: str) -> bytes:
    """The file of one model."""
    model = random_model(**MODELS[name] | SIZES)
    board, recorder = Board(model), Recorder(NumpyEngine())
    tokens = np.random.RandomState(MODELS[name]["seed"]).randint(0, model.config.vocabulary, 32)
    board.set("operation", OPERATION["identify"])
    recorder.start(board.registers, board.memory, BASE)
    board.set("operation", OPERATION["forward"])
    board.start(recorder, tokens[:PROMPT], logits_from=PROMPT - 2)
    for token in tokens[PROMPT : PROMPT + LATER]:
        board.start(recorder, [token])
    _refused(board, recorder, tokens)
    return recorder.file()


def _refused(board: Board, recorder: Recorder, tokens: NDArray[np.int64]) -> None:
    """Calls that change nothing but the status."""
    board.start(recorder, tokens[: board.context])  # more than the cache has left
    for register, wrong in (("operation", 7), ("hidden", 8), ("intermediate", 1 << 20)):
        right = board.get(register)
        board.set(register, wrong)
        recorder.start(board.registers, board.memory, BASE)
        board.set(register, right)


def main() -> None:
    """Write a file for each model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name in MODELS:
        path = folder / f"{name}.vec"
        path.write_bytes(vectors(name))
        print(path)


if __name__ == "__main__":
    main()
