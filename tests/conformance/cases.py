"""The kinds of device that the suite runs against. A new backend adds a row.

A case builds a model of two variants whose answers differ, so that a test can tell which of them
a device runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from edgesdk.backend import Arrays
from edgesdk.decoder.reference import Reference
from edgesdk.formats import read_source
from tests.models.bitnet_random import random_bitnet
from tests.models.llama2c_random import random_llama2c
from tests.models.tflite_scale import scale_tflite
from tests.models.tflite_scale_int8 import scale_int8_tflite


@dataclass(frozen=True)
class Case:
    """One kind of device: its address (a folder goes in), target and models.

    ``exclusive``: one connection at a time, as behind a serial port. ``one_session``: one at a
    time, and a trial ends it. ``one_model``: room for one model name. ``engine``: an emulated
    board's, which is copied from one that was made before.
    """

    name: str
    address: Callable[[Path], str]
    target: str
    model: Callable[[Path, int], Path]
    inputs: Arrays
    answer: Callable[[int], Arrays]
    opens_bundles: bool = True
    exclusive: bool = False
    one_session: bool = False
    one_model: bool = False
    engine: str = ""

    def __str__(self) -> str:
        return self.name


def scale_onnx(folder: Path, factor: int) -> Path:
    """y = factor * x, float32[2, 3]."""
    node = helper.make_node("Mul", ["x", "factor"], ["y"])
    constant = numpy_helper.from_array(np.array(factor, np.float32), "factor")
    shape = [2, 3]
    graph = helper.make_graph(
        [node],
        "scale",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [constant],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = folder / f"scale-{factor}.onnx"
    onnx.save(model, path)
    return path


def _tflite(folder: Path, factor: int) -> Path:
    path = folder / f"scale-{factor}.tflite"
    path.write_bytes(scale_tflite(factor))
    return path


_X = np.arange(6, dtype=np.float32).reshape(2, 3)


def _int8_tflite(folder: Path, factor: int) -> Path:
    path = folder / f"scale-{factor}.tflite"
    path.write_bytes(scale_int8_tflite(factor))
    return path


_INT8 = np.arange(6, dtype=np.int8).reshape(2, 3)


def _llama2c(folder: Path, factor: int) -> Path:
    path = folder / f"decoder-{factor}.bin"
    path.write_bytes(random_llama2c(seed=factor))
    return path


# Models whose continuation of the prompt below is decided clearly: by a tenth of the logits'
# standard deviation at each token, where roundings make a fiftieth.
_CLEAR_SEEDS = {2: 22, 3: 29, 4: 34}


def _bitnet(folder: Path, factor: int) -> Path:
    return random_bitnet(folder / f"bitnet-{factor}", seed=_CLEAR_SEEDS[factor])


_PROMPT = np.array([1, 5, 2], dtype=np.int32)


@cache
def _continuation(write: Callable[[Path, int], Path], variant: int) -> Arrays:
    """What the numpy reference finds likeliest, token by token."""
    with TemporaryDirectory() as folder:
        model = read_source(write(Path(folder), variant)).decoder
        assert model is not None
        reference = Reference(model)
        logits, found = reference.prefill(_PROMPT), []
        for _ in range(16):
            found.append(int(logits.argmax()))
            logits = reference.decode(found[-1])
    return {"continuation": np.array(found, np.int32)}


def _mcu(engine: str) -> Case:
    """An emulated microcontroller: the firmware of the board, its flash in a file."""
    return Case(
        f"mcu-{engine}",
        lambda folder: f"emu:mcu?engine={engine}&state={folder / 'boards'}",
        "mcu:cortex-m33",
        _int8_tflite,
        {"x": _INT8},
        lambda k: {"y": (k * _INT8).astype(np.int8)},
        opens_bundles=False,
        exclusive=True,
        one_session=True,
        one_model=True,
        engine=engine,
    )


def _nand(preset: str) -> Case:
    """An emulated NPU with compute in flash: its pages in a file."""
    return Case(
        f"nand-{preset}",
        lambda folder: f"emu:nand?preset={preset}&state={folder / 'flash'}",
        f"nand:{preset}",
        _bitnet,
        {"tokens": _PROMPT},
        partial(_continuation, _bitnet),
    )


def _store(folder: Path) -> str:
    return f"cpu:?store={folder / 'store'}"


CASES = [
    Case("cpu-onnx", _store, "cpu", scale_onnx, {"x": _X}, lambda k: {"y": k * _X}),
    Case("cpu-tflite", _store, "cpu", _tflite, {"x": _X}, lambda k: {"y": k * _X}),
    Case(
        "cpu-options",
        lambda folder: _store(folder) + "&threads=1&optimisation=basic&arena=off",
        "cpu",
        scale_onnx,
        {"x": _X},
        lambda k: {"y": k * _X},
    ),
    Case(
        "cpu-decoder",
        _store,
        "cpu",
        _llama2c,
        {"tokens": _PROMPT},
        partial(_continuation, _llama2c),
    ),
    Case(
        "third-party",
        lambda folder: f"numpy:{folder.name}",
        "numpy",
        scale_onnx,
        {"x": _X},
        lambda k: {"y": k * _X},
        opens_bundles=False,
    ),
    Case(
        "third-party-board",
        lambda folder: f"numpy:{folder.name}?board=1",
        "numpy",
        scale_onnx,
        {"x": _X},
        lambda k: {"y": k * _X},
        opens_bundles=False,
        exclusive=True,
        one_session=True,
        one_model=True,
    ),
    _mcu("unicorn"),
    _mcu("qemu"),
    Case(
        "fpga-native",
        lambda folder: f"emu:fpga?state={folder / 'boards'}&memory=64",
        "fpga:kv260",
        _bitnet,
        {"tokens": _PROMPT},
        partial(_continuation, _bitnet),
        one_session=True,
    ),
    _nand("cambricon-s"),
    _nand("cambricon-l"),
]
