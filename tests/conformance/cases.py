"""The kinds of device that the suite runs against: the rows of its table. A new backend adds one.

A case builds a model of several variants whose answers differ, so that a test can tell which of
them a device runs.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.backends_ssh.pipe import through_a_pipe
from tests.conformance.case import Case
from tests.conformance.pynq_board import pynq_options, switch_pynq_on
from tests.models.variants import (
    INT8,
    PROMPT,
    X,
    bitnet,
    continuation,
    int8_tflite,
    llama2c,
    scale_onnx,
    scaled,
    scaled_int8,
    tflite,
)

ROOT = Path(__file__).parents[2]
_ONNX, _LITERT = ("onnx", "onnxruntime"), ("tflite", "ai_edge_litert")


def _keep_builds(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """What an engine needs compiled is compiled once, and not for every test's user."""
    if "EDGESDK_BUILDS" not in os.environ:
        patch.setenv("EDGESDK_BUILDS", str(ROOT / "build" / "engines"))


def _store(folder: Path) -> str:
    return f"cpu:?store={folder / 'store'}"


_OPTIONS = "&threads=1&optimisation=basic&arena=off"


def _onnx(name: str, title: str, options: str = "") -> Case:
    return Case(
        name,
        title,
        lambda folder: _store(folder) + options,
        "cpu",
        scale_onnx,
        {"x": X},
        scaled,
        packages=_ONNX,
    )


def _decoder(name: str, title: str, model: Callable[[Path, int], Path]) -> Case:
    answer = partial(continuation, model)
    return Case(name, title, _store, "cpu", model, {"tokens": PROMPT}, answer)


def _mcu(
    engine: str, title: str, *packages: str, programs: tuple[str, ...] = (), long: bool = False
) -> Case:
    """An emulated microcontroller: the firmware of the board, its flash in a file."""
    return Case(
        f"mcu-{engine}",
        title,
        lambda folder: f"emu:mcu?engine={engine}&state={folder / 'boards'}",
        "mcu:cortex-m33",
        int8_tflite,
        {"x": INT8},
        scaled_int8,
        packages=("tflite", *packages),
        programs=programs,
        opens_bundles=False,
        second_host="EDGE-0513",
        second_session="EDGE-0522",
        one_model=True,
        engine=engine,
        long=long,
    )


def _fpga(engine: str, title: str, *programs: str, long: bool = False) -> Case:
    """An emulated FPGA: the driver, over memory and registers made of software."""
    return Case(
        f"fpga-{engine}",
        title,
        lambda folder: f"emu:fpga?engine={engine}&state={folder / 'boards'}&memory=64",
        "fpga:kv260",
        bitnet,
        {"tokens": PROMPT},
        partial(continuation, bitnet),
        prepare=_keep_builds,
        programs=programs,
        second_session="EDGE-0569",
        second_host_session="EDGE-0560",
        long=long,
    )


def _nand(preset: str, title: str, *, long: bool = True) -> Case:
    """An emulated NPU with flash: its pages in a file."""
    return Case(
        f"nand-{preset}",
        title,
        lambda folder: f"emu:nand?preset={preset}&state={folder / 'flash'}",
        f"nand:{preset}",
        bitnet,
        {"tokens": PROMPT},
        partial(continuation, bitnet),
        long=long,
    )


def _third_party(name: str, title: str, options: str = "", *, board: bool = False) -> Case:
    return Case(
        name,
        title,
        lambda folder: f"numpy:{folder.name}{options}",
        "numpy",
        scale_onnx,
        {"x": X},
        scaled,
        packages=("onnx",),
        opens_bundles=False,
        second_host="EDGE-0501" if board else "",
        second_session="EDGE-0502" if board else "",
        one_model=board,
        in_process=True,
    )


def _at_a_distance(case: Case, *, long: bool = True) -> Case:
    """The same device, of a board: one host at a time."""
    return replace(
        case,
        name=f"ssh-{case.name}",
        title=f"{case.title}, through ssh",
        address=lambda folder: f"ssh://board/{case.address(folder)}",
        prepare=through_a_pipe,
        second_host="EDGE-0580",
        long=long,
    )


_PYNQ = Case(
    "fpga-pynq",
    "fpga, PYNQ's driver over an emulated overlay",
    lambda folder: f"pynq:?store={folder / 'store'}",
    "fpga:kv260",
    bitnet,
    {"tokens": PROMPT},
    partial(continuation, bitnet),
    options=pynq_options,
    prepare=switch_pynq_on,
    packages=("pynq",),
    second_session="EDGE-0569",
    second_host_session="EDGE-0560",
)

CASES = [
    _onnx("cpu-onnx", "cpu, onnxruntime"),
    replace(
        _onnx("cpu-options", "cpu, onnxruntime, all options", _OPTIONS),
        long=True,
    ),
    Case("cpu-tflite", "cpu, LiteRT", _store, "cpu", tflite, {"x": X}, scaled, packages=_LITERT),
    _decoder("cpu-decoder", "cpu, native decoder, float weights", llama2c),
    _decoder("cpu-ternary", "cpu, native decoder, ternary weights", bitnet),
    _mcu("unicorn", "mcu, Unicorn", "unicorn"),
    _mcu("qemu", "mcu, QEMU", programs=("qemu-system-arm",), long=True),
    _fpga("native", "fpga, native engine"),
    _PYNQ,
    _fpga("rtl", "fpga, SystemVerilog in Verilator", "verilator", "c++", long=True),
    _nand("cambricon-s", "nand, Cambricon-LLM S"),
    _nand("cambricon-m", "nand, Cambricon-LLM M"),
    _nand("cambricon-l", "nand, Cambricon-LLM L", long=False),
    _nand("aif", "nand, AiF"),
    _nand("lincoln", "nand, Lincoln"),
    _nand("ufs-4.0", "nand, UFS 4.0, computes in the NPU"),
    _nand("nvme", "nand, NVMe, computes in the server"),
    _at_a_distance(_onnx("cpu-onnx", "cpu, onnxruntime"), long=False),
    _at_a_distance(_decoder("cpu-decoder", "cpu, native decoder, float weights", llama2c)),
    _at_a_distance(_mcu("unicorn", "mcu, Unicorn", "unicorn")),
    _at_a_distance(_fpga("native", "fpga, native engine")),
    _third_party("third-party", "third party, memory"),
    _third_party("third-party-board", "third party, a board", "?board=1", board=True),
]
