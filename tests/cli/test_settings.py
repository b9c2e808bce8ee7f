"""Options from the environment and from edgesdk.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Edge


def test_the_device_by_environment_and_by_name(
    edge: Edge, bundle: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGESDK_DEVICE", "tpu:")
    for arguments in (
        ["check", bundle],
        ["deploy", bundle],
        ["rollback", "x"],
        ["run", "x"],
        ["bench", "x"],
        ["keys", "trust", "development"],
    ):
        assert "[EDGE-0212]" in edge(*arguments).err
    assert edge("check", bundle, "--device", "cpu:").code == 0  # an option is stronger
    (home / "edgesdk.toml").write_text('[device.porch]\naddress = "cpu:?threads=1"\n')
    assert edge("check", bundle, "--device", "porch", "--json").json["device"] == "cpu:?threads=1"
    monkeypatch.setenv("EDGESDK_DEVICE", "porch")
    assert edge("check", bundle, "--json").json["device"] == "cpu:?threads=1"
    monkeypatch.delenv("EDGESDK_DEVICE")
    (home / "edgesdk.toml").write_text(
        '[defaults]\ndevice = "porch"\n[device.porch]\naddress = "cpu:?threads=2"\n'
    )
    assert edge("check", bundle, "--json").json["device"] == "cpu:?threads=2"
    assert edge("devices", "--json").json["names"] == {"porch": "cpu:?threads=2"}


def test_options_by_environment(edge: Edge, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGESDK_COMPILE_TARGET", "cpu")
    monkeypatch.setenv("EDGESDK_COMPILE_VERSION", "3.1.4")
    monkeypatch.setenv("EDGESDK_JSON", "1")
    done = edge("compile", model)
    assert (done.json["version"], done.json["target"]) == ("3.1.4", "cpu")
    assert edge("compile", model, "--version", "2.0.0").json["version"] == "2.0.0"


@pytest.mark.parametrize("command", ["run", "bench", "serve"])
def test_the_variable_is_blamed_for_its_own_address_only(
    edge: Edge, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("EDGESDK_DEVICE", "cpu:")
    typed = edge(command, "x", "--device", "cpu:?thraeds=1")
    assert typed.code == 2
    assert "(from" not in typed.err
    monkeypatch.setenv("EDGESDK_DEVICE", "cpu:?thraeds=1")
    assert "(from EDGESDK_DEVICE)" in edge(command, "x").err
