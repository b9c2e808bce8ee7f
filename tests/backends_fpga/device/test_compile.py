"""From a source model to a bundle: what goes in, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgesdk
from edgesdk.errors import InternalFault, ModelRefused, UsageError
from edgesdk.formats.bitnet.writer import write_bitnet_folder
from edgesdk_backends.fpga.boards import read_board
from edgesdk_backends.fpga.driver.driver import Driver
from edgesdk_backends.fpga.driver.patience import NATIVE, NUMPY
from edgesdk_backends.fpga.emulator.engines import open_engine
from edgesdk_backends.fpga.emulator.hal import EmulatedHal
from tests.decoder.models import random_model
from tests.models.llama2c_random import random_llama2c
from tests.models.variants import scale_onnx

TARGET = "fpga:kv260"
Write = Callable[..., Path]


@pytest.fixture
def write(user_folder: Path) -> Write:
    def written(**sizes: Any) -> Path:
        model = random_model(22, **{"activation": "relu2", **sizes})
        write_bitnet_folder(user_folder / "model", model.config, model.weights, embedding="F32")
        return user_folder / "model"

    return written


def test_the_bundle_says_what_it_needs(write: Write) -> None:
    notes: list[str] = []
    with edgesdk.compile(write(), TARGET, on_note=notes.append) as bundle:
        manifest = bundle.manifest
    assert manifest.requirements.memory["cma"] > 0
    assert manifest.requirements.runtime == {"edgesdk-accelerator": ">=1"}
    assert "accelerator:hidden:64" in manifest.requirements.operators
    assert manifest.provenance.options == {"head": "fabric", "rescore": "16", "context": "64"}
    assert manifest.golden.tolerance.exact
    assert any("bits for a ternary weight" in note for note in notes)


def test_options_are_kept(write: Write) -> None:
    options = {"head": "host", "rescore": "0", "context": "48"}
    with edgesdk.compile(write(), TARGET, options=options) as bundle:
        assert bundle.manifest.provenance.options == options
        least = bundle.manifest.requirements.memory["cma"]
    with edgesdk.compile(write(), TARGET, options={**options, "head": "fabric"}) as bundle:
        assert bundle.manifest.requirements.memory["cma"] > least


def test_a_long_context_is_cut_and_said_so(write: Write) -> None:
    notes: list[str] = []
    source = write(context=20000)
    with edgesdk.compile(source, TARGET, on_note=notes.append) as bundle:
        assert bundle.manifest.provenance.options["context"] == "8192"
    assert any("8192 of the 20000 positions" in note for note in notes)


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"intermediate": 6928}, "intermediate is 6928, 16 more than 6912"),
        ({"hidden": 64, "heads": 4, "head_size": 144, "kv_heads": 1}, "head_size is 144, 16 more"),
        ({"hidden": 2576, "heads": 1, "kv_heads": 1, "head_size": 16}, "hidden is 2576, 16 more"),
        ({"heads": 40, "head_size": 128, "kv_heads": 1}, "width is 5120, 2560 more"),
        ({"intermediate": 6916}, "intermediate is 6928, 6916 and zeros, 16 more than 6912"),
        ({"heads": 29, "head_size": 88, "kv_heads": 1}, "width is 2784, 2552 and zeros, 224 more"),
    ],
)
def test_models_above_the_maxima(write: Write, sizes: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelRefused) as caught:
        edgesdk.compile(write(layers=1, **sizes), TARGET)
    assert caught.value.id == "EDGE-02174"
    assert words in caught.value.evidence


def test_sizes_that_are_no_multiples_of_16(write: Write) -> None:
    """Of an accelerator, it needs as much as is filled up with zeros; its golden vectors hold."""
    with edgesdk.compile(write(hidden=72, heads=3, kv_heads=3, intermediate=100), TARGET) as bundle:
        operators = bundle.manifest.requirements.operators
    assert {"accelerator:hidden:80", "accelerator:intermediate:112"} < set(operators)
    assert {"accelerator:width:96", "accelerator:head_size:32"} < set(operators)


def test_what_is_no_ternary_decoder(user_folder: Path) -> None:
    with pytest.raises(ModelRefused) as caught:
        edgesdk.compile(scale_onnx(user_folder, 2), TARGET)
    assert caught.value.id == "EDGE-02175"
    path = user_folder / "dense.bin"
    path.write_bytes(random_llama2c(1))
    with pytest.raises(ModelRefused):
        edgesdk.compile(path, TARGET)


@pytest.mark.parametrize(
    ("options", "code"),
    [({"context": "65"}, 133), ({"context": "15"}, 185), ({"rescore": "3"}, 183), ({"x": "1"}, 9)],
)
def test_options_that_contradict_the_model(
    write: Write, options: dict[str, str], code: int
) -> None:
    with pytest.raises(UsageError) as caught:
        edgesdk.compile(write(tied=False), TARGET, options=options)
    assert caught.value.code == code


def test_another_board(write: Write) -> None:
    with pytest.raises(UsageError) as caught:
        edgesdk.compile(write(), "fpga:zcu104")
    assert caught.value.id == "EDGE-02182"


def test_an_accelerator_that_is_wrong_is_not_believed(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edgesdk_backends.fpga.weights import writer

    monkeypatch.setattr(writer, "rotations", lambda config, context: np.ones((context, 8, 2), "f4"))
    with pytest.raises(InternalFault) as caught:
        edgesdk.compile(write(), TARGET)
    assert caught.value.id == "EDGE-0140"


@pytest.mark.parametrize("engine", [NATIVE, NUMPY])
def test_the_board_s_maxima_are_those_of_the_accelerator(engine: str) -> None:
    hal = EmulatedHal(open_engine(engine), 1 << 16)
    found = Driver(hal).identify()
    hal.close()
    for name, most in read_board("kv260").maxima.items():
        assert getattr(found, f"max_{name}") == most
