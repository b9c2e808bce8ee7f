"""What is signed was compared with the model first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import edgesdk
from edgesdk.errors import ModelRefused
from edgesdk_backends.mcu.host import HostRuntime
from tests.backends_mcu.kernels.networks import Spec, network
from tests.backends_mcu.planner.onnx_models import Model, quantised
from tests.models.tflite_scale_int8 import scale_int8_tflite

TARGET = "mcu:cortex-m33"


def _tflite(folder: Path) -> Path:
    path = folder / "model.tflite"
    path.write_bytes(scale_int8_tflite(2))
    return path


def _onnx(folder: Path) -> Path:
    model = Model(1, 8)
    model.gemm(4, 8)
    path = folder / "model.onnx"
    path.write_bytes(quantised(model, folder))
    return path


@pytest.mark.parametrize("make", [_tflite, _onnx])
def test_a_plan_that_answers_otherwise_is_not_signed(
    make: Any, user_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make(user_folder)
    edgesdk.compile(model, TARGET).close()
    right = HostRuntime.run
    monkeypatch.setattr(HostRuntime, "run", lambda self, x: [-y - 1 for y in right(self, x)])
    with pytest.raises(ModelRefused) as refused:
        edgesdk.compile(model, TARGET)
    assert refused.value.id == "EDGE-0298"


def test_an_operator_that_litert_has_in_one_form_only(user_folder: Path) -> None:
    path = user_folder / "elu.tflite"
    x = Spec((2, 9), "int8", 0.05, 3)
    path.write_bytes(network("ELU", [x], [Spec((2, 9), "int8", 0.05, -7)]))
    with edgesdk.compile(path, TARGET) as bundle:
        assert bundle.manifest.golden.executor == "LiteRT's reference kernels"
