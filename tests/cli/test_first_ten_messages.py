"""What a new user is told: of inputs that mean nothing, of settings, of what goes on next."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgesdk
from edgesdk import registry
from edgesdk.bundle import own_words
from edgesdk.cli.inputs import read_inputs
from edgesdk.not_finite import odd_values
from edgesdk.tensors import TensorSpec

from .conftest import Edge, Outcome

STORY = Path(__file__).parents[2] / "models" / "story"
SCHEMA = Path(own_words.__file__).with_name("manifest.schema.json")
NAN, INF = np.nan, np.inf


def told(done: Outcome, *words: str, code: int = 2) -> None:
    """It is one error, and holds these words."""
    assert done.code == code
    assert done.err.count("error: ") == 1
    for word in words:
        assert word in done.err


def save(name: str, *values: float) -> str:
    np.save(name, np.array([values], np.float32))
    return name


def test_values_that_are_no_numbers_are_told_of(edge: Edge, bundle: Path) -> None:
    run = ("run", bundle, "-d", "cpu:", "-q", "-i")
    done = edge(*run, save("nan.npy", NAN, 1, NAN, 2))
    assert done.code == 0
    assert done.err == "warning: the input 'x' holds 2 values that are not numbers (NaN)\n", (
        "--quiet does not silence it"
    )
    done = edge(*run, save("inf.npy", 1, -INF, 2, 3))
    assert done.err == "warning: the input 'x' holds 1 value that is infinite\n"
    assert edge(*run, save("good.npy", 1, 2, 3, 4)).err == ""


def test_odd_values_of_every_dtype() -> None:
    arrays: dict[str, Any] = {
        "text": np.array(["nan"], object),
        "whole": np.array([1]),
        "complex": np.array([complex(0, NAN)]),
    }
    assert odd_values(arrays) == [
        "the input 'complex' holds 1 value that is not a number (NaN)",
    ]


def test_nan_in_a_sample_is_told(edge: Edge, model: Path, sample: Path) -> None:
    nan = save("nan.npy", 1, 2, NAN, 4)
    samples = ("--samples", sample, "--samples", nan)
    done = edge("compile", model, "-t", "cpu", *samples, "-o", "y.edge")
    assert done.code == 0
    said = " ".join(done.err.split())
    assert "note: Sample 2: the input 'x' holds 1 value that is not a number (NaN); the" in said
    assert "Sample 1" not in said


@pytest.mark.parametrize(
    ("option", "given", "rule"),
    [
        ("--version", "banana", "A version looks like 1.2.0 [EDGE-0220]"),
        ("--version", "1.0", "A version looks like 1.2.0 [EDGE-0220]"),
        ("--name", "Ünï", "A name has lower-case letters, digits, - and _"),
        ("--name", "x" * 49, "at most 48"),
    ],
)
def test_a_version_or_name_that_is_none(
    edge: Edge, model: Path, option: str, given: str, rule: str
) -> None:
    done = edge("compile", model, "-t", "cpu", option, given)
    told(done, rule, f"given as {option.strip('-')}: {given!r}", "leave the")


def test_the_rules_are_the_schema_s() -> None:
    rules = json.loads(SCHEMA.read_text())["properties"]
    assert rules["name"]["pattern"] == f"^{own_words.NAME}$"
    assert own_words.VERSION.removeprefix(r"(?=.{5,64}\Z)") == rules["version"]["pattern"][1:-1]
    assert rules["version"]["maxLength"] == 64
    longest = "1.0.0-" + "x" * 58
    assert not own_words.wrong_version(longest)
    assert own_words.wrong_version(longest + "x")


def test_emulators_are_listed_with_what_they_keep(
    edge: Edge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGESDK_STATE", str(tmp_path / "state"))
    boards = tmp_path / "state" / "boards"
    boards.mkdir(parents=True)
    for name in ("porch", "board"):
        (boards / f"{name}-unicorn.flash").touch()
    lines = edge("devices").out.splitlines()
    [mcu] = [line for line in lines if line.startswith("emu:mcu ")]
    assert re.fullmatch(r"emu:mcu +mcu:cortex-m33 +emulator, keeps: board, porch", mcu)
    [nand] = [line for line in lines if line.startswith("emu:nand ")]
    assert nand.endswith("emulator, made when it is first used")
    kept = edge("devices", "--json").json["emulators"]
    assert kept == {"emu:fpga": [], "emu:mcu": ["board", "porch"], "emu:nand": []}


def test_a_file_where_the_store_belongs(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("hello.txt").touch()
    monkeypatch.setenv("EDGESDK_STORE", "hello.txt")
    done = edge("devices", "-d", "cpu:")
    told(done, "EDGESDK_STORE names hello.txt, which is a file [EDGE-02310]", "Name a folder")
    monkeypatch.setenv("EDGESDK_STORE", "hello.txt/store")
    told(edge("devices", "-d", "cpu:"), "hello.txt is a file [EDGE-02310]")
    told(edge("devices", "-d", "cpu:?store=/dev/null"), "/dev/null is no folder [EDGE-02310]")


def test_a_key_folder_that_cannot_be(
    edge: Edge, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compiled(*arguments: object) -> None:
        raise AssertionError("no model is compiled before the key is there")

    Path("file").touch()
    monkeypatch.setenv("EDGESDK_CONFIG", str(Path("file").absolute()))
    monkeypatch.setattr(type(registry.for_target("cpu")), "compile", compiled)
    done = edge("compile", model, "-t", "cpu")
    told(done, "Cannot use the key folder", "[EDGE-0247]", "EDGESDK_CONFIG")


def test_where_a_wrong_setting_comes_from(
    edge: Edge, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = home / "edgesdk.toml"
    settings.write_text('[defaults]\ndevice = "porch"\n[device.porch]\naddress = "cpuu:"\n')
    told(edge("devices", "-d", "zzz"), "No device is named 'zzz' [EDGE-0214]")
    told(edge("run", "scale"), f"serves the address cpuu: (from {settings}) [EDGE-0212]")
    told(edge("run", "scale", "-d", "porch"), f"cpuu: (from {settings})")
    monkeypatch.setenv("EDGESDK_DEVICE", "zzz")
    told(edge("run", "scale"), "No device is named 'zzz' (from EDGESDK_DEVICE) [EDGE-0214]")
    told(edge("run", "scale", "-d", "yyy"), "No device is named 'yyy' [EDGE-0214]")
    monkeypatch.setenv("EDGESDK_DEVICE", "porch")
    told(edge("run", "scale"), f"(from EDGESDK_DEVICE, {settings})")
    monkeypatch.setenv("EDGESDK_COMPILE_VECTORS", "many")
    done = edge("compile", "x.onnx", "-t", "cpu")
    told(done, "'many' is not a valid integer", "(from EDGESDK_COMPILE_VECTORS) [EDGE-0201]")
    done = edge("compile", "x.onnx", "-t", "cpu", "--vectors", "few")
    told(done, "'few'")
    assert "(from" not in done.err


def test_a_typo_in_a_settings_key(edge: Edge, home: Path) -> None:
    (home / "edgesdk.toml").write_text('[defaults]\ndevcie = "cpu:"\n')
    told(edge("devices"), "unknown key 'devcie' in [defaults]; did you mean device?")


def test_going_back_twice(edge: Edge, bundle: Path, model: Path) -> None:
    assert edge("deploy", bundle, "-d", "cpu:").code == 0
    assert edge("compile", model, "-t", "cpu", "--version", "1.1.0", "-o", "b.edge").code == 0
    assert edge("deploy", "b.edge", "-d", "cpu:").code == 0
    back = "scale {} is active on cpu: (slot {}, was {}; rollback again returns to it)\n"
    assert edge("rollback", "scale", "-d", "cpu:").out == back.format("1.0.0", "a", "1.1.0")
    assert edge("rollback", "scale", "-d", "cpu:").out == back.format("1.1.0", "b", "1.0.0")
    shown = " ".join(edge("rollback", "--help").out.split())
    assert "a second rollback returns to it" in shown


def test_a_key_of_one_s_own_that_a_device_does_not_trust(edge: Edge, bundle: Path) -> None:
    assert edge("deploy", bundle, "-d", "cpu:").code == 0
    assert edge("keys", "distrust", "development", "-d", "cpu:").code == 0
    hint = "It is your key 'development': edgesdk keys trust development --device cpu:"
    told(edge("deploy", bundle, "-d", "cpu:"), "[EDGE-0804]", hint, code=8)
    told(edge("run", "scale", "-d", "cpu:", "-i", "x.npy"), "[EDGE-0804]", hint, code=8)


def test_a_key_of_somebody_else_that_a_device_does_not_trust(edge: Edge, bundle: Path) -> None:
    assert edge("deploy", bundle, "-d", "cpu:").code == 0
    assert edge("keys", "distrust", "development", "-d", "cpu:").code == 0
    Path("alice.pem").write_text(edge("keys", "export", "development").out)
    assert edge("keys", "delete", "development", "--yes").code == 0
    assert edge("keys", "add", "alice", "alice.pem").code == 0
    command = "edgesdk keys trust alice --device cpu:"
    hint = f"It is the key that you keep as 'alice'; if you trust its holder: {command}"
    told(edge("deploy", bundle, "-d", "cpu:"), "[EDGE-0804]", hint, code=8)
    told(edge("run", "scale", "-d", "cpu:", "-i", "x.npy"), "[EDGE-0804]", hint, code=8)


def test_a_language_model_that_is_run(edge: Edge) -> None:
    assert edge("deploy", STORY, "-d", "cpu:").code == 0
    hint = "It is a language model: edgesdk generate story TEXT"
    told(edge("run", "story", "-d", "cpu:"), "[EDGE-0228]", hint)
    done = edge("run", "story", "-d", "cpu:", "-i", save("x.npy", 0.5))
    told(done, "[EDGE-0226]", hint)
    done = edge("run", "story", "-d", "cpu:", "-i", "tokens=nowhere.npy")
    told(done, "[EDGE-0222]", "Look what the file is called")
    assert hint not in done.err


def test_sound_of_another_kind(edge: Edge, bundle: Path) -> None:
    done = edge("run", bundle, "-d", "cpu:", "-i", "my r.mp3")
    told(done, "[EDGE-0229]", "ffmpeg -i 'my r.mp3' -ac 1 -ar 16000 'my r.wav'")
    spec = TensorSpec("a", "float32", (8,), "samples at 8000 Hz")
    with pytest.raises(edgesdk.UsageError) as caught:
        read_inputs(["r.m4a"], [spec], print)
    assert caught.value.next_step.endswith("ffmpeg -i r.m4a -ac 1 -ar 8000 r.wav")


def test_a_shape_that_differs(edge: Edge, bundle: Path) -> None:
    done = edge("run", bundle, "-d", "cpu:", "-i", save("three.npy", 1, 2, 3))
    told(done, "[EDGE-0202]", "Give an array of that shape")


def test_the_name_alone_shows_the_help(edge: Edge) -> None:
    done = edge()
    told(done, "Usage: ", "  devices  ", "Missing command [EDGE-0201]")
    assert done.out == ""


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda model, d: edgesdk.deploy(None, d), "an opened bundle"),
        (lambda model, d: edgesdk.deploy(d, d), "an opened bundle"),
        (lambda model, d: edgesdk.load(None, "cpu:"), "the name of an installed model"),
        (lambda model, d: edgesdk.compile(model, "cpu", vectors="3"), "1 to 1000"),
        (lambda model, d: edgesdk.compile(model, "cpu", options="a=b"), "Options are a mapping"),
        (lambda model, d: edgesdk.compile(model, "cpu", version=3), "A version looks like"),
    ],
)
def test_what_python_is_told(model: Path, call: Any, words: str) -> None:
    with edgesdk.connect("cpu:") as device, pytest.raises(edgesdk.UsageError) as caught:
        call(model, device)
    assert words in caught.value.what
