"""Damaged plans of the kernels that have state or 16 bits: refused, or run without a step too far.

The other kernels' are in ``tests/fuzz``.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from edgesdk_backends.mcu.planner import plan
from edgesdk_backends.mcu.planner.tflite_graph import read_graph
from tests.backends_mcu.kernels.networks import Spec, constant, network
from tests.backends_mcu.kernels.test_lstm import lstm_network
from tests.fuzz.test_fuzz_plans import EXAMPLES, SANITIZERS, _build, _damaged, _replay

UNIT, WIDE = Spec((2, 9), "int16", 2.0**-15), Spec((2, 9), "int16", 0.001)
LEAKY: Any = ("LeakyReluOptions", {"alpha": 0.25})


def _networks() -> Iterator[bytes]:
    yield lstm_network(np.random.default_rng(3), (2, 3, 4, 5), False, 10.0)[0]
    yield network("SOFTMAX", [WIDE], [UNIT], ("SoftmaxOptions", {"beta": 1.0}))
    yield network("LEAKY_RELU", [WIDE], [WIDE], LEAKY, version=2)
    yield network("EXP", [WIDE], [WIDE], ("ExpOptions", {}), version=2)
    row = Spec((9,), "int16", 0.001)
    yield network("MEAN", [WIDE, constant([0])], [row], ("ReducerOptions", {}), version=2)
    yield network("MINIMUM", [WIDE, row], [WIDE], version=2)
    yield network("QUANTIZE", [WIDE], [Spec((2, 9), "int32", 0.5)], version=2)
    yield network("LOGISTIC", [WIDE], [UNIT])
    narrow, length = Spec((3, 9), "int8", 0.1, 3), Spec((3, 9), "int8", 1 / 128)
    yield network("L2_NORMALIZATION", [narrow], [length], ("L2NormOptions", {}), version=2)


def test_under_sanitizers(tmp_path: Path) -> None:
    seeds = [plan(read_graph(content)).content for content in _networks()]
    [compiler, *flags] = shlex.split(os.environ.get("CC", "cc"))
    program = _build(tmp_path / "replay", compiler, *flags, *SANITIZERS)
    assert _replay(program, iter(seeds)) == len(seeds)
    assert _replay(program, _damaged(seeds, EXAMPLES)) == EXAMPLES
