"""``edgesdk doctor`` and ``edgesdk devices``: what is here, and is it well."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Edge


def test_devices(edge: Edge) -> None:
    assert "cpu:" in edge("devices").out
    assert "cpu:" in [info["address"] for info in edge("devices", "--json").json["devices"]]


def test_one_device_in_full(edge: Edge, bundle: Path) -> None:
    edge("deploy", bundle, "-d", "cpu:")
    shown = edge("devices", "--device", "cpu:").out
    key = edge("inspect", bundle, "--json").json["key"]
    for words in ("scale 1.0.0 (slot a, security counter 0)", f"trusted key  {key}", "onnxruntime"):
        assert words in shown
    document = edge("devices", "--device", "cpu:", "--json").json
    assert document["models"][0]["name"] == "scale"
    assert document["devices"][0]["trusted_keys"] == [key]


def test_doctor_is_well_and_then_is_not(edge: Edge, home: Path) -> None:
    well = edge("doctor", "--json")
    assert well.code == 0
    assert well.json["healthy"] is True
    assert {"python", "native library", "backend cpu", "keys", "local store"} <= {
        row["what"] for row in well.json["rows"]
    }
    (home / "edgesdk.toml").write_text("nonsense")
    ill = edge("doctor", "--json")
    assert ill.code == 1
    assert ill.json["error"]["id"] == "EDGE-0121"
    broken = [row for row in ill.json["rows"] if row["status"] == "BROKEN"]
    assert [(row["group"], row["what"]) for row in broken] == [("Yours", "settings")]
    assert "BROKEN" in edge("doctor").out


def test_doctor_sees_a_key_that_others_can_read(edge: Edge, tmp_path: Path) -> None:
    edge("keys", "new", "alice")
    (tmp_path / "config" / "keys" / "alice.pem").chmod(0o644)
    done = edge("doctor")
    assert done.code == 1
    assert "alice" in done.err
    assert "edgesdk keys list" not in done.err
    assert edge("keys", "list").code == 0


def test_doctor_sees_a_broken_backend(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    from edgesdk import registry

    monkeypatch.setattr(registry, "broken", lambda: [("odd", "ImportError: no odd")])
    done = edge("doctor")
    assert done.code == 1
    assert "ImportError: no odd" in done.out


def test_doctor_without_an_optional_library(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import PackageNotFoundError

    from edgesdk.cli import extras

    real = extras.version

    def version(name: str) -> str:
        if name in {"pillow", "pyserial", "pynq"}:
            raise PackageNotFoundError(name)
        return "0.1" if name == "jinja2" else real(name)

    monkeypatch.setattr(extras, "version", version)
    document = edge("doctor", "--json").json
    notes = {row["what"]: row["detail"] for row in document["rows"] if row["status"] == "note"}
    assert notes["extra media"].startswith("sounds and pictures as inputs: soundfile ")
    assert "pillow is not installed (pip install 'edgesdk[media]')" in notes["extra media"]
    assert "jinja2: 0.1 is not >=3.1" in notes["extra decoder"]
    (media,) = [extra for extra in document["extras"] if extra["name"] == "media"]
    assert media["missing"] == {"pillow": "not installed"}
    assert media["command"] == "pip install 'edgesdk[media]'"

    done = edge("doctor")
    assert done.code == 0
    (last,) = [line for line in done.out.splitlines() if line.startswith("All that is missing: ")]
    assert {"media", "mcu", "decoder", "serve"} <= set(last.split("[")[1].split("]")[0].split(","))
    assert "pynq" not in last  # a board's: a laptop should not go back to the numpy that it wants
