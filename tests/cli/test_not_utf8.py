"""Arguments that are not UTF-8: every command refuses an address alike, and takes any file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Edge, outputs

NAME = "\udcff"  # how Python shows the byte 0xff


@pytest.mark.parametrize(
    "command",
    [
        "devices -d",
        "check scale.edge -d",
        "deploy scale.edge -d",
        "rollback scale -d",
        "run scale -i x.npy -d",
        "bench scale -d",
        "generate story hello -d",
        "chat story -d",
        "serve story -d",
        "monitor -d",
        "emulator",
    ],
)
@pytest.mark.parametrize("address", [f"emu:mcu?state={NAME}", f"socket://{NAME}:1"])
def test_an_address(edge: Edge, bundle: Path, sample: Path, command: str, address: str) -> None:
    done = edge(*command.split(), address, "--json")
    assert done.code == 2
    assert done.json["error"]["id"] == "EDGE-0206"
    assert done.json["error"]["evidence"] == "it is not UTF-8"


def test_one_that_a_shell_gives(edge_process: Edge) -> None:
    done = edge_process("devices", "--device", f"cpu:?store={NAME}")
    assert done.code == 2
    assert r"'cpu:?store=\udcff' is not a device address [EDGE-0206]" in done.err


def test_files(edge: Edge, model: Path, sample: Path) -> None:
    source, array = model.rename(f"{NAME}.onnx"), sample.rename(f"{NAME}.npy")
    assert edge("compile", source, "-t", "cpu", "--name", "scale").code == 0
    made = source.with_suffix(".edge")
    assert edge("inspect", made, "--json").json["manifest"]["provenance"]["source"] == "\ufffd.onnx"
    assert edge("check", made, "-d", "cpu:").code == 0
    assert edge("deploy", made, "-d", "cpu:").code == 0
    assert outputs(edge, "scale", "-d", "cpu:", "-i", array) == [2, 4, 8, 6]


@pytest.mark.parametrize("option", ["--name", "--version"])
def test_a_bundle_s_own_texts(edge: Edge, model: Path, option: str) -> None:
    done = edge("compile", model, "-t", "cpu", option, NAME, "--json")
    assert done.json["error"]["id"] == "EDGE-0220"
    assert "not UTF-8" in done.json["error"]["evidence"]
    assert option.strip("-") in done.json["error"]["evidence"]
