"""``edgesdk inspect``, and bundles that are not what they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Edge


def test_inspect_a_bundle_and_a_model(edge: Edge, bundle: Path, model: Path) -> None:
    shown = edge("inspect", bundle)
    assert shown.code == 0
    for word in ("scale 1.0.0", "cpu", "one of your keys", "rain clock dog sea", "golden.npz"):
        assert word in shown.out
    document = edge("inspect", bundle, "--json").json
    assert document["trusted"] is True
    assert document["manifest"]["name"] == "scale"
    source = edge("inspect", model, "--json").json
    assert (source["kind"], source["inputs"][0]["shape"]) == ("onnx", [1, 4])
    assert "ai.onnx:Mul:14" in edge("inspect", model).out


def test_inspect_marks_an_untrusted_bundle(
    edge: Edge, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGESDK_CONFIG", str(tmp_path / "somebody"))
    shown = edge("inspect", bundle)
    assert shown.code == 0
    assert "UNTRUSTED" in shown.out
    assert edge("inspect", bundle, "--json").json["trusted"] is False
    refused = edge("deploy", bundle, "-d", "cpu:")
    assert (refused.code, "[EDGE-0804]" in refused.err) == (8, True)


def test_a_forged_bundle_is_refused_everywhere(edge: Edge, bundle: Path) -> None:
    data = bytearray(bundle.read_bytes())
    at = data.index(b'"version":"1.0.0"')
    data[at + 11] = ord("9")
    Path("forged.edge").write_bytes(data)
    for arguments in (["inspect"], ["check", "-d", "cpu:"], ["deploy", "-d", "cpu:"]):
        done = edge(arguments[0], "forged.edge", *arguments[1:])
        assert done.code == 8
        assert done.out == ""
        assert "[EDGE-0801]" in done.err


def test_a_damaged_part_is_refused(edge: Edge, bundle: Path) -> None:
    data = bytearray(bundle.read_bytes())
    data[data.index(b"factor")] ^= 1
    Path("damaged.edge").write_bytes(data)
    for arguments in (["inspect"], ["deploy", "-d", "cpu:"]):
        assert edge(arguments[0], "damaged.edge", *arguments[1:]).code == 8
