"""What ``Session.run`` costs over the bare library call: interleaved, in one process.

Times are printed, never asserted. ``make bench`` runs it, and by hand, with more rounds and on
TFLite models of one's own: ``python tests/bench/overhead.py MODEL.tflite ...``.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import edgesdk
from edgesdk.bundle import Bundle

ROUNDS = 20000
BLOCK = 20  # calls in a row, so that the other side's caches cost little


@dataclass(frozen=True)
class Overhead:
    """Medians in microseconds over the same rounds."""

    engine: str
    bare: float
    ours: float
    rounds: int

    @property
    def added(self) -> float:
        """What ``Session.run`` adds, in microseconds."""
        return self.ours - self.bare

    def __str__(self) -> str:
        return (
            f"{self.engine:<12} bare {self.bare:7.2f} us   Session.run {self.ours:7.2f} us   "
            f"added {self.added:6.2f} us   ratio {self.ours / self.bare:.3f}"
        )


def compare(engine: str, bare: Callable[[], Any], ours: Callable[[], Any], rounds: int) -> Overhead:
    """Blocks of bare calls and of ours in turns; the median of each."""
    times: tuple[list[int], list[int]] = ([], [])
    for call in (bare, ours):
        for _ in range(BLOCK * 5):
            call()
    gc.disable()
    for _ in range(max(1, rounds // BLOCK)):
        for call, column in zip((bare, ours), times, strict=True):
            column.extend(_timed(call) for _ in range(BLOCK))
    gc.enable()
    medians = [float(np.median(column)) / 1000 for column in times]
    return Overhead(engine, *medians, rounds=len(times[0]))


def _timed(call: Callable[[], Any]) -> int:
    started = time.perf_counter_ns()
    call()
    return time.perf_counter_ns() - started


def onnxruntime_overhead(model: Path, rounds: int) -> Overhead:
    """``InferenceSession.run`` with a dictionary and all outputs, as its users call it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # as ours below
    bare = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in bare.get_outputs()]
    with opened(model) as session:
        inputs = {s.name: np.ones([int(a) for a in s.shape], np.float32) for s in session.inputs}
        return compare(
            "onnxruntime",
            lambda: bare.run(names, inputs),
            lambda: session.run(inputs),
            rounds,
        )


def litert_overhead(model: Path, rounds: int) -> Overhead:
    """``set_tensor``, ``invoke``, ``get_tensor``, as LiteRT's users call them."""
    from ai_edge_litert.interpreter import Interpreter

    bare = Interpreter(model_path=str(model), num_threads=1)
    bare.allocate_tensors()
    (given,), (wanted,) = bare.get_input_details(), bare.get_output_details()
    array = np.ones(given["shape"], given["dtype"])

    def call() -> Any:
        bare.set_tensor(given["index"], array)
        bare.invoke()
        return bare.get_tensor(wanted["index"])

    with opened(model) as session:
        inputs = {session.inputs[0].name: array}
        return compare("litert", call, lambda: session.run(inputs), rounds)


def opened(model: Path) -> edgesdk.Session:
    """The model compiled and opened in place on this CPU."""
    with tempfile.TemporaryDirectory() as folder:
        address = f"cpu:?threads=1&store={folder}"
        bundle: Bundle = edgesdk.compile(model, "cpu", vectors=1)
        with bundle, edgesdk.connect(address) as device:
            return device.open_bundle(bundle)


def save_small_onnx(path: Path) -> Path:
    """A small float model: y = relu(x w), float32[1, 16]."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weight = numpy_helper.from_array(np.eye(16, dtype=np.float32), "w")
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["h"]),
        helper.make_node("Relu", ["h"], ["y"]),
    ]
    vectors = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 16]) for n in "xy"]
    graph = helper.make_graph(nodes, "small", vectors[:1], vectors[1:], [weight])
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), str(path))
    return path


def main(tflite_models: list[Path], rounds: int = ROUNDS) -> list[Overhead]:
    """Measure and print every engine; LiteRT on the given models."""
    with tempfile.TemporaryDirectory() as folder:
        found = [onnxruntime_overhead(save_small_onnx(Path(folder) / "small.onnx"), rounds)]
    found += [litert_overhead(model, rounds) for model in tflite_models]
    for overhead in found:
        print(overhead)
    return found


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
