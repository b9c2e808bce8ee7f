"""``edgesdk doctor`` and ``edgesdk devices``: what is here, and is it well."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path
from typing import Any

import pytest

from edgesdk import registry
from edgesdk.address import Address
from edgesdk.backend import DeviceInfo

from .conftest import COMMAND, Edge


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


class _Odd:
    """A plug-in's backend for an emulator; ``targets`` and ``failure`` are what is wrong of it."""

    schemes = ("emu:odd",)

    def __init__(self, targets: tuple[str, ...], failure: Exception | None) -> None:
        self.targets = targets
        self.failure = failure

    def discover(self) -> list[DeviceInfo]:
        return []

    def kept(self, address: Address) -> list[str]:
        if self.failure:
            raise self.failure
        return []


@pytest.mark.filterwarnings("always::edgesdk.registry.BackendWarning")
@pytest.mark.parametrize(("targets", "failure"), [((), None), (("odd",), KeyError("porch"))])
def test_a_backend_whose_emulators_cannot_be_listed(
    edge: Edge,
    monkeypatch: pytest.MonkeyPatch,
    targets: tuple[str, ...],
    failure: Exception | None,
) -> None:
    odd: Any = _Odd(targets, failure)
    found = [*registry.backends(), registry.LoadedBackend("odd", "odd-plugin", odd)]
    monkeypatch.setattr(registry, "backends", lambda: found)
    done = edge("devices")
    assert done.code == 0, done.err
    assert "backend 'odd': " in done.err
    assert "emu:odd" not in done.out
    assert "emu:mcu" in done.out


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
    assert "alice" in done.out
    assert done.err.splitlines()[1].strip() == "keys"
    assert edge("keys", "list").code == 0


def test_doctor_sees_a_broken_backend(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert "jinja2 0.1 is not >=3.1" in notes["extra decoder"]
    (media,) = [extra for extra in document["extras"] if extra["name"] == "media"]
    assert media["missing"] == {"pillow": "pillow is not installed"}
    assert media["command"] == "pip install 'edgesdk[media]'"

    done = edge("doctor")
    assert done.code == 0
    (last,) = [line for line in done.out.splitlines() if line.startswith("All that is missing: ")]
    assert {"media", "mcu", "decoder", "serve"} <= set(last.split("[")[1].split("]")[0].split(","))
    assert "edgesdk[pynq" not in done.out  # a laptop should not go back to the numpy of a board


def broken(edge: Edge) -> dict[str, str]:
    """What is broken, and the detail of each; that it is a finding, and no fault."""
    done = edge("doctor", "--json")
    assert (done.code, done.json["error"]["id"]) == (1, "EDGE-0121")
    return {row["what"]: row["detail"] for row in done.json["rows"] if row["status"] == "BROKEN"}


@pytest.mark.parametrize(
    ("variable", "what"),
    [
        ("EDGESDK_CONFIG", "keys"),
        ("EDGESDK_STORE", "local store"),
        ("EDGESDK_STATE", "emulated devices"),
    ],
)
@pytest.mark.parametrize("below", ["", "x"])
def test_doctor_sees_a_file_where_a_folder_should_be(
    edge: Edge, home: Path, monkeypatch: pytest.MonkeyPatch, variable: str, what: str, below: str
) -> None:
    (home / "file").touch()
    monkeypatch.setenv(variable, str(home / "file" / below))
    found = broken(edge)
    assert list(found) == [what]
    assert f"{home / 'file'} is no folder" in found[what]


def test_doctor_says_how_deep_is_too_deep(edge: Edge, home: Path) -> None:
    (home / "edgesdk.toml").write_text("a = " + "[" * 100_000)
    assert "nests its values too deeply" in broken(edge)["settings"]


def test_doctor_without_a_home(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", unknown)
    for name in ("EDGESDK_CONFIG", "EDGESDK_STORE", "EDGESDK_STATE"):
        monkeypatch.delenv(name, raising=False)
    found = broken(edge)
    assert set(found) == {"settings", "keys", "local store", "emulated devices"}
    assert all("Set HOME" in detail for detail in found.values())
    assert "EDGE-02303" in edge("completion", "bash", "--install").err


def test_doctor_in_a_folder_that_is_gone(
    edge: Edge, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGESDK_STORE", "store")
    (home / "gone").mkdir()
    monkeypatch.chdir(home / "gone")
    (home / "gone").rmdir()
    assert list(broken(edge)) == ["local store"]


def test_doctor_where_the_settings_may_not_be_looked_for(
    edge: Edge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stat, opened = Path.stat, Path.open

    def refuse(path: Path) -> None:  # what the system says to all but root
        if path.parent == tmp_path / "config":
            raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "stat", lambda path, **more: refuse(path) or stat(path, **more))
    monkeypatch.setattr(Path, "open", lambda path, *a, **k: refuse(path) or opened(path, *a, **k))
    found = broken(edge)
    assert "Permission denied" in found["settings"]


def test_doctor_of_a_package_that_was_never_installed(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib.metadata import PackageNotFoundError

    from edgesdk.cli import extras

    def requires(name: str) -> list[str]:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(extras, "requires", requires)
    done = edge("doctor")
    assert done.code == 0
    assert "Extras" not in done.out


def test_names_from_files_command_no_terminal(home: Path) -> None:
    """Nobody asked for the settings of a folder that somebody else made."""
    (home / "edgesdk.toml").write_text(
        '[device."\\u001b]0;taken\\u0007\\u009b31mporch"]\naddress = "cpu:"\n'
    )
    ours, theirs = pty.openpty()
    doctor = subprocess.run([*COMMAND, "doctor"], stdout=subprocess.PIPE, check=False)
    devices = subprocess.run([*COMMAND, "devices", "-d", "none"], stderr=theirs, check=False)
    os.close(theirs)
    shown = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert devices.returncode == 2
    assert "]0;taken31mporch" in shown
    assert "\x1b]" not in shown
    assert b"\x1b]0;taken\x07" in doctor.stdout  # a file gets what there is
