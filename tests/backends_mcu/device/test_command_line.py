"""What a person types at an emulated board: a model file, its log, a firmware update."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.backends_mcu.device.conftest import Board
from tests.backends_mcu.planner.onnx_models import Model, onnxruntime_answers, quantised
from tests.models.tflite_scale_int8 import scale_int8_tflite


def edge(*arguments: object, code: int = 0) -> tuple[str, str]:
    """Both streams of a command that ends with that exit code."""
    command = [sys.executable, "-m", "edgesdk", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout, done.stderr


def test_a_source_model_is_compiled_deployed_and_run(board: Board) -> None:
    Path("scale.tflite").write_bytes(scale_int8_tflite(3))
    np.save("x.npy", np.arange(6, dtype=np.int8).reshape(2, 3))
    out, said = edge("deploy", "scale.tflite", "--device", board.address)
    assert "is active on emu:mcu" in out
    assert "bytes of RAM" in said
    out, _ = edge("run", "scale", "--device", board.address, "--input", "x.npy", "--json", "-q")
    assert json.loads(out)["outputs"]["y"]["data"] == [0, 3, 6, 9, 12, 15]


def test_an_onnx_model_quantised_by_onnxruntime(board: Board, tmp_path: Path) -> None:
    model = Model(1, 3, 12, 12)
    model.conv(8, 3, 3, 3, pads=[1, 1, 1, 1])
    model.node("Relu")
    model.node("GlobalAveragePool")
    model.node("Flatten")
    model.gemm(5, 8)
    content = quantised(model, tmp_path)
    Path("net.onnx").write_bytes(content)
    x = np.random.default_rng(2).normal(0, 1, (1, 3, 12, 12)).astype(np.float32)
    np.save("x.npy", x)
    edge("compile", "net.onnx", "--target", "mcu:cortex-m33")
    edge("deploy", "net.edge", "--device", board.address)
    out, _ = edge("run", "net", "--device", board.address, "--input", "x.npy", "--json", "-q")
    [found] = json.loads(out)["outputs"].values()
    [want] = onnxruntime_answers(content, [x])
    difference = np.abs(np.array(found["data"]).reshape(want.shape) - want).max()
    assert difference <= 0.05 * np.abs(want).max()


def test_the_log_and_the_counters(board: Board) -> None:
    out, _ = edge("monitor", "--device", board.address, "--json")
    shown = json.loads(out)
    assert shown["counters"]["requests"] > 0
    assert shown["log"] == []
    out, _ = edge("monitor", "--device", board.address)
    assert "requests" in out
    assert "count  processor cycles (in an emulator: instructions)  " in out


def test_a_firmware_update_keeps_the_model(board: Board) -> None:
    board.deploy(board.bundle(2))
    out, _ = edge("deploy", "--firmware", "--device", board.address, "--json")
    assert json.loads(out)["report"]["slot"] == "b"
    assert board.factor() == 2


def test_a_float_model_is_refused_with_the_way_on(board: Board) -> None:
    from tests.models.tflite_scale import scale_tflite

    Path("float.tflite").write_bytes(scale_tflite(2))
    _, said = edge("deploy", "float.tflite", "--device", board.address, code=2)
    assert said.startswith("error: This is a float model; the microcontroller runs int8 networks")
    assert "EDGE-0287" in said
    assert "cannot execute 1 layer of the model" in said
    assert "representative_dataset" in said


def test_a_rollback_where_nothing_was_before(board: Board) -> None:
    """As of any device that has a store."""
    board.deploy(board.bundle(2))
    _, said = edge("rollback", "scale", "--device", board.address, code=2)
    assert said.startswith("error: There is no model before this one of 'scale' [EDGE-0261]")


def test_only_emulators_are_served() -> None:
    _, said = edge("emulator", "serial:/dev/null", code=2)
    assert "EDGE-0253" in said
    assert "is not an emulator's address" in said
    _, said = edge("emulator", "emu:fpga", code=2)
    assert "EDGE-0253" in said
    assert "--device emu:fpga" in said
    _, said = edge("emulator", "emu:mcu", "--listen", "nowhere", code=2)
    assert "EDGE-0254" in said


def test_a_log_that_is_followed(board: Board) -> None:
    _, said = edge("monitor", "--device", board.address, "--every", "1", "--json", code=2)
    assert "EDGE-0230" in said
    command = [sys.executable, "-m", "edgesdk", "monitor", "--device", board.address]
    with subprocess.Popen(
        [*command, "--every", "0.1", "--jsonl"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        first, second = (json.loads(process.stdout.readline()) for _ in range(2))
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=20)
        finally:
            process.kill()
        assert process.returncode == 130
    assert (first["event"], second["event"]) == ("log", "log")
    assert second["counters"]["requests"] > first["counters"]["requests"]


def test_a_bundle_for_another_target(board: Board) -> None:
    Path("scale.tflite").write_bytes(scale_int8_tflite(3))
    edge("compile", "scale.tflite", "--target", "cpu")
    _, said = edge("deploy", "scale.edge", "--device", board.address, code=9)
    assert "Compile the model for it: edgesdk compile MODEL --target mcu:cortex-m33" in said
    assert "operators" not in said
