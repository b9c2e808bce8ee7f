"""From a model to a bundle: names, versions, keys, and what goes into the manifest."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgesdk
from edgesdk.bundle.keys import development_key, trusted_keys
from edgesdk.bundle.signing import generate
from tests.models import onnx_models


@pytest.fixture
def model(user_folder: Path) -> Path:
    return onnx_models.two_by_two(user_folder)


def test_the_manifest_says_where_it_comes_from(model: Path) -> None:
    with edgesdk.compile(model, "cpu", version="2.3.4", security_counter=7) as bundle:
        manifest = bundle.manifest
    assert (manifest.name, manifest.version, manifest.security_counter) == ("two", "2.3.4", 7)
    assert manifest.provenance.source == "two.onnx"
    assert manifest.provenance.source_sha256 == hashlib.sha256(model.read_bytes()).hexdigest()
    assert manifest.provenance.compiler == f"edgesdk {edgesdk.__version__}"
    assert manifest.requirements.operators == ("ai.onnx:Add:14", "ai.onnx:Mul:14")
    assert manifest.requirements.memory["storage"] == sum(part.size for part in manifest.parts)


def test_it_is_signed_by_the_development_key_or_the_given_one(model: Path) -> None:
    with edgesdk.compile(model, "cpu") as bundle:
        assert bundle.signed.public_key == development_key().public
    key = generate()
    with edgesdk.compile(model, "cpu", key=key) as bundle:
        assert bundle.signed.public_key == key.public


def test_without_an_output_nothing_is_left_behind(model: Path) -> None:
    before = set(model.parent.iterdir())
    with edgesdk.compile(model, "cpu") as bundle:
        assert not bundle.path.exists()
        assert bundle.read_part(bundle.manifest.part("model"))
    left = {path.name for path in set(model.parent.iterdir()) - before}
    assert left == {"config"}


def test_with_an_output_the_file_reads_back(model: Path) -> None:
    path = model.parent / "two.edge"
    edgesdk.compile(model, "cpu", output=path).close()
    with edgesdk.read_bundle(path, trusted_keys()) as bundle:
        assert bundle.manifest.name == "two"


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("My Model (v2)", "my-model--v2"),
        ("__x__", "x"),
        ("éé", "model"),
        ("UPPER.tar", "upper-tar"),
        ("a" * 80, "a" * 48),
    ],
)
def test_a_name_is_made_of_the_file_name(model: Path, stem: str, name: str) -> None:
    renamed = model.rename(model.with_name(f"{stem}.onnx"))
    with edgesdk.compile(renamed, "cpu") as bundle:
        assert bundle.manifest.name == name


@pytest.mark.parametrize(
    "settings",
    [
        {"name": "Not A Name"},
        {"name": "../up"},
        {"version": "latest"},
        {"security_counter": -1},
        {"security_counter": 1 << 32},
    ],
)
def test_settings_that_no_manifest_may_hold(model: Path, settings: dict[str, object]) -> None:
    with pytest.raises(edgesdk.UsageError) as caught:
        edgesdk.compile(model, "cpu", **settings)  # type: ignore[arg-type]
    assert caught.value.id == "EDGE-0220"
    assert caught.value.evidence


def test_a_model_that_does_not_exist(user_folder: Path) -> None:
    with pytest.raises(edgesdk.UsageError) as caught:
        edgesdk.compile(user_folder / "none.onnx", "cpu")
    assert "none.onnx" in caught.value.what


def test_an_output_folder_that_does_not_exist(model: Path) -> None:
    with pytest.raises(edgesdk.EdgeError) as caught:
        edgesdk.compile(model, "cpu", output=model.parent / "nowhere" / "two.edge")
    assert "nowhere" in str(caught.value)


def test_load_takes_a_name_a_file_and_a_device(model: Path) -> None:
    path = model.parent / "two.edge"
    inputs = {"a": [1, 2], "b": [3, 4]}
    with edgesdk.compile(model, "cpu", output=path) as bundle, edgesdk.connect("cpu:") as device:
        edgesdk.deploy(bundle, device)
        for what in ("two", path, str(path)):
            for where in (None, "cpu:", device):
                with edgesdk.load(what, where) as session:
                    assert session.run(inputs)["sum"].tolist() == [4, 6]
    with pytest.raises(edgesdk.ModelNotFound):
        edgesdk.load("three")


def test_a_loaded_session_lets_go_of_the_device_it_connected(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edgesdk_backends.cpu.device import CpuDevice

    closed: list[CpuDevice] = []

    def close(device: CpuDevice) -> None:
        closed.append(device)

    monkeypatch.setattr(CpuDevice, "close", close)
    path = model.parent / "two.edge"
    edgesdk.compile(model, "cpu", output=path).close()
    session = edgesdk.load(path)
    assert isinstance(session, edgesdk.Session)
    with session:
        assert session.inputs[0].name == "a"
        assert session.outputs[0].name == "sum"
        assert closed == []
    assert len(closed) == 1
    with pytest.raises(edgesdk.UsageError):
        session.run({"a": [1, 2], "b": [3, 4]})
    with pytest.raises(edgesdk.ModelNotFound):
        edgesdk.load("three")
    assert len(closed) == 2


def test_samples_come_from_whatever_can_be_gone_through(model: Path) -> None:
    sample = {name: np.ones(2, np.float32) for name in "ab"}
    for samples in (iter([sample] * 3), lambda specs: (sample for _ in range(3))):
        with edgesdk.compile(model, "cpu", samples=samples) as bundle:
            assert bundle.manifest.golden.vectors == 3


@pytest.mark.parametrize("samples", [5, lambda specs: None, lambda specs: iter(()), [], {"a": 1}])
def test_what_is_no_list_of_samples(model: Path, samples: Any) -> None:
    with pytest.raises(edgesdk.UsageError) as caught:
        edgesdk.compile(model, "cpu", samples=samples)
    assert caught.value.id == "EDGE-0216"
