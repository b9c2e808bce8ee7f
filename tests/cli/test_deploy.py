"""From compile to rollback."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgesdk.errors import (
    InputMismatch,
    InternalFault,
    MissingExtra,
    ModelRefused,
    NoDevice,
    UsageError,
)

from .conftest import Edge, Outcome, outputs, save_scale


def test_the_whole_way(edge: Edge, bundle: Path, sample: Path, home: Path) -> None:
    assert edge("check", bundle, "-d", "cpu:").code == 0
    assert "is active on cpu:" in edge("deploy", bundle, "-d", "cpu:").out
    assert outputs(edge, "scale", "-d", "cpu:", "-i", sample) == [2, 4, 8, 6]
    newer = save_scale(home / "newer.onnx", 10.0)
    options = ["--name", "scale", "--version", "2.0.0", "-o", "newer.edge"]
    assert edge("compile", newer, "-t", "cpu", *options).code == 0
    report = edge("deploy", "newer.edge", "-d", "cpu:", "--json").json["report"]
    assert (report["version"], report["previous_version"]) == ("2.0.0", "1.0.0")
    assert outputs(edge, "scale", "-d", "cpu:", "-i", sample) == [10, 20, 40, 30]
    back = edge("rollback", "scale", "-d", "cpu:", "--json").json["model"]
    assert back["version"] == "1.0.0"
    assert outputs(edge, "scale", "-d", "cpu:", "-i", sample) == [2, 4, 8, 6]


def test_samples_become_golden_vectors(edge: Edge, model: Path, sample: Path) -> None:
    samples = ["--samples", sample, "--samples", sample]
    done = edge("compile", model, "-t", "cpu", *samples, "-o", "s.edge", "--json")
    assert done.json["vectors"] == 2
    assert edge("compile", model, "-t", "cpu", "--vectors", "7", "--json").json["vectors"] == 7
    wrong = edge("compile", model, "-t", "cpu", "--samples", "none.npy")
    assert (wrong.code, "[EDGE-0222]" in wrong.err) == (2, True)


def test_the_same_arguments_give_the_same_bytes(edge: Edge, model: Path) -> None:
    for name in ("a.edge", "b.edge"):
        assert edge("compile", model, "-t", "cpu", "-o", name).code == 0
    assert Path("a.edge").read_bytes() == Path("b.edge").read_bytes()


def test_check_says_no_with_its_report(
    edge: Edge, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edgesdk.backend import Fit, FitReport
    from edgesdk_backends.cpu.device import CpuDevice

    rows = (Fit("ram", "9 bytes", "8 bytes", False), Fit("target", "cpu", "cpu", True))
    monkeypatch.setattr(CpuDevice, "check", lambda self, manifest: FitReport(rows))
    done = edge("check", bundle, "-d", "cpu:")
    assert done.code == 9
    assert "NO" in done.out
    assert "[EDGE-0901]" in done.err
    document = edge("check", bundle, "-d", "cpu:", "--json").json
    assert (document["ok"], document["fits"]) == (False, False)
    assert document["rows"][0]["resource"] == "ram"
    assert document["error"]["exit_code"] == 9
    assert edge("deploy", bundle, "-d", "cpu:").code == 9


@pytest.mark.parametrize(
    ("error", "code", "identity"),
    [
        (MissingExtra("onnxruntime", "cpu"), 2, "EDGE-0205"),
        (UsageError("This machine does not run the kernels of the address"), 2, "EDGE-0201"),
        (NoDevice("A program is not there", code=20), 3, "EDGE-0320"),
        (MemoryError(), 9, "EDGE-0912"),
    ],
)
def test_what_this_machine_lacks_is_no_verdict_on_the_model(
    edge: Edge,
    bundle: Path,
    sample: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    code: int,
    identity: str,
) -> None:
    edge("deploy", bundle, "-d", "cpu:")
    done = _deploy_with_a_trial_that_raises(edge, monkeypatch, error)
    assert (done.code, done.json["error"]["id"]) == (code, identity)
    assert "rounding" not in done.err
    assert outputs(edge, "scale", "-d", "cpu:", "-i", sample) == [2, 4, 8, 6]


@pytest.mark.parametrize("kind", [ModelRefused, InputMismatch, InternalFault, RuntimeError])
def test_a_model_that_is_not_run_reverts_and_is_no_rounding(
    edge: Edge,
    bundle: Path,
    sample: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[Exception],
) -> None:
    edge("deploy", bundle, "-d", "cpu:")
    done = _deploy_with_a_trial_that_raises(edge, monkeypatch, kind("The model is odd"))
    error = done.json["error"]
    assert (done.code, error["id"]) == (10, "EDGE-1001")
    assert "The model is odd" in error["evidence"]
    assert "rounding" not in error["next"]
    assert outputs(edge, "scale", "-d", "cpu:", "-i", sample) == [2, 4, 8, 6]


def _deploy_with_a_trial_that_raises(
    edge: Edge, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> Outcome:
    from edgesdk_backends.cpu.device import CpuDevice

    def trial(self: CpuDevice) -> None:
        raise error

    newer = save_scale(Path("newer.onnx"), 10.0)
    edge("compile", newer, "-t", "cpu", "--name", "scale", "--version", "2.0.0", "-o", "newer.edge")
    with monkeypatch.context() as patch:
        patch.setattr(CpuDevice, "trial", trial)
        return edge("deploy", "newer.edge", "-d", "cpu:", "--json")
