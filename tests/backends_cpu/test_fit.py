"""What ``check`` says about this CPU, and that it says it before anything is erased."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import edgesdk
from edgesdk.bundle import Manifest
from edgesdk_backends.cpu import fit
from tests.models import onnx_models


@pytest.fixture
def manifest(user_folder: Path) -> Manifest:
    with edgesdk.compile(onnx_models.two_by_two(user_folder), "cpu") as bundle:
        return bundle.manifest


def rows(manifest: Manifest) -> dict[str, edgesdk.backend.Fit]:
    return {row.resource: row for row in fit.rows(manifest, Path.cwd())}


def needing(manifest: Manifest, **needs: object) -> Manifest:
    return replace(manifest, requirements=replace(manifest.requirements, **needs))


def test_every_line_has_numbers(manifest: Manifest) -> None:
    found = rows(manifest)
    assert list(found) == [
        "target", "onnxruntime", "ram", "storage", "operators",
    ]  # fmt: skip
    assert all(row.fits for row in found.values())
    assert "modelled" in found["ram"].note


@pytest.mark.parametrize(
    "operator", ["ai.onnx:NoSuchThing:1", "ai.onnx:Add:999", "com.acme:Add:1", "Add", "a:b:c", "::"]
)
def test_an_operator_that_onnxruntime_lacks(manifest: Manifest, operator: str) -> None:
    row = rows(needing(manifest, operators=(*manifest.requirements.operators, operator)))[
        "operators"
    ]
    assert not row.fits
    assert operator in row.available


@pytest.mark.parametrize(
    "operator", ["ai.onnx:Add:14", "ai.onnx:Conv:11", "ai.onnx:Celu:12", "ai.onnx.ml:Scaler:1"]
)
def test_operators_that_onnxruntime_has(manifest: Manifest, operator: str) -> None:
    assert rows(needing(manifest, operators=(operator,)))["operators"].fits


@pytest.mark.parametrize("wanted", [">=999", "<1", "==0.0.1"])
def test_another_version_of_the_engine(manifest: Manifest, wanted: str) -> None:
    row = rows(needing(manifest, runtime={"onnxruntime": wanted}))["onnxruntime"]
    assert not row.fits
    assert row.needed == wanted
    assert row.available[0].isdigit()


def test_an_engine_that_is_not_installed(
    manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit, "versions", dict)
    row = rows(manifest)["onnxruntime"]
    assert not row.fits
    assert "pip install 'edgesdk[cpu]'" in row.note


def test_a_bundle_that_names_no_engine(manifest: Manifest) -> None:
    assert not rows(needing(manifest, runtime={}))["engine"].fits
    with pytest.raises(edgesdk.DoesNotFit):
        from edgesdk_backends.cpu.engines import engine_of

        engine_of(needing(manifest, runtime={"warp-drive": ">=1"}))


def test_a_custom_tflite_operator_does_not_fit(manifest: Manifest) -> None:
    custom = needing(manifest, runtime={"litert": ">=1.0"}, operators=("tflite:custom.Mine:1",))
    assert not rows(custom)["operators"].fits


def test_firmware_is_not_a_cpu_thing(manifest: Manifest) -> None:
    assert not rows(needing(manifest, firmware=">=1"))["firmware"].fits
