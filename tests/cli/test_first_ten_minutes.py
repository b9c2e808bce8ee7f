"""What a new user gets wrong first: each mistake ends in one message that leads on."""

from __future__ import annotations

import errno
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgesdk
from edgesdk.cli.output import Output
from edgesdk.errors import EdgeError, UsageError
from edgesdk.likely import likely_address, likely_target
from edgesdk.nearest import did_you_mean_file, nearest
from tests.formats.tflite_builder import Builder

from .conftest import Edge, Outcome, save_scale

STORY = Path(__file__).parents[2] / "models" / "story"
RUN = ("run", "scale", "-i", "x.npy", "-d")


FAILED: list[EdgeError] = []


@pytest.fixture(autouse=True)
def remember(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was told of last stands at the end of FAILED."""
    told = Output.failed

    def failed(out: Output, error: EdgeError) -> None:
        FAILED.append(error)
        told(out, error)

    monkeypatch.setattr(Output, "failed", failed)


def leads(done: Outcome, code: int, *words: str) -> None:
    """It is one message with an id, and says what to do next."""
    assert done.code == code
    assert done.err.count("error: ") == 1
    assert done.err.count("[EDGE-") == 1
    assert FAILED[-1].id in done.err
    assert FAILED[-1].next_step
    for word in words:
        assert word in done.err


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("emu:mcuu", "emu:mcu"),
        ("emu:MCU", "emu:mcu"),
        ("emu mcu", "emu:mcu"),
        ("mcu", "emu:mcu"),
        ("cpu", "cpu:"),
        ("CPU:", "cpu:"),
        ("emu:cpu", "cpu:"),
        ("npu", "emu:nand"),
        ("nrf5340", "emu:mcu"),
        ("mcu:cortex-m33", "emu:mcu"),
        ("nand:cambricon-l", "emu:nand"),
        ("fpga:kv260", "emu:fpga"),
        ("kv260", "pynq:"),
        ("COM3", "serial:COM3"),
        ("/dev/ttyACM0", "serial:/dev/ttyACM0"),
        ("ttyUSB1", "serial:/dev/ttyUSB1"),
        ("serail:/dev/ttyACM0", "serial:/dev/ttyACM0"),
        ("pi@board.local", "ssh://pi@board.local/cpu:"),
    ],
)
def test_a_device_that_is_none(edge: Edge, typed: str, meant: str) -> None:
    leads(edge(*RUN, typed), 2, f"Did you mean {meant}?")


def test_a_name_of_a_settings_file_is_offered(edge: Edge, home: Path) -> None:
    (home / "edgesdk.toml").write_text('[device.porch]\naddress = "cpu:"\n')
    leads(edge(*RUN, "proch"), 2, "Did you mean porch?", "porch")
    leads(edge(*RUN, "zzz"), 2, "An address has a colon")


def test_what_is_like_nothing_is_not_guessed() -> None:
    assert [likely_address(text) for text in ("", "zzz", "localhost", "usb:", "x" * 9999)] == [
        ""
    ] * 5
    assert [likely_address(text) for text in ("gpu", "tpu", "cpu,emu:mcu")] == [""] * 3
    assert likely_address("socket://here:1?speed") == ""  # nor is what was typed said again
    assert [likely_target(text, ["cpu", "mcu:", "nand:"]) for text in ("gpu", "riscv")] == ["", ""]
    assert nearest("x" * 10_000, ["xx", "scale"]) == ""


def test_a_port_that_is_not_there(edge: Edge) -> None:
    leads(edge(*RUN, "serial:/dev/ttyACM77"), 3, "Plug it in", "edgesdk devices")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("cpuu", "cpu"),
        ("mcu", "mcu:cortex-m33"),
        ("nrf5340", "mcu:cortex-m33"),
        ("kv260", "fpga:kv260"),
    ],
)
def test_a_target_that_is_none(edge: Edge, model: Path, typed: str, meant: str) -> None:
    leads(edge("compile", model, "-t", typed), 2, f"Did you mean {meant}?", "Targets look like")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("depoly", "deploy"),
        ("DEVICES", "devices"),
        ("flash", "deploy"),
        ("list", "devices"),
        ("benchmark", "bench"),
        ("undo", "rollback"),
        ("gen", "generate"),
        ("emu", "emulator"),
        ("models", "devices"),
    ],
)
def test_a_command_that_there_is_not(edge: Edge, typed: str, meant: str) -> None:
    leads(edge(typed, "x"), 2, f"Did you mean 'edgesdk {meant}'?")
    assert edge(typed, "--json").json["error"]["next"] == f"Did you mean 'edgesdk {meant}'?"


def test_help_is_what_many_type_first(edge: Edge) -> None:
    assert edge("help").out == edge("--help").out
    assert edge("help", "run").out == edge("run", "--help").out
    assert edge("help", "help").out == edge("--help").out
    leads(edge("help", "zzz"), 2, "See 'edgesdk --help'")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("deploy", "a.edge", "cpu:"), "Did you mean --device cpu:?"),
        (("run", "scale", "x.npy"), "Did you mean --input x.npy?"),
        (("generate", "story", "Once", "upon"), "in quotes"),
        (("deploy", "a.edge", "--devise", "cpu:"), "Did you mean '--device'?"),
        (("compile", "scale.onnx"), "mcu:cortex-m33"),
        (("compile", "scale.onnx", "--device", "cpu:"), "give --target"),
        (("deploy", "scale.onnx", "-t", "cpu"), "of its --device"),
        (("keys", "lsit"), "Did you mean 'edgesdk keys list'?"),
    ],
)
def test_an_argument_in_the_wrong_place(edge: Edge, arguments: tuple[str, ...], words: str) -> None:
    leads(edge(*arguments), 2, words, f"See 'edgesdk {arguments[0]} --help'")


@pytest.mark.parametrize(
    "arguments",
    [
        ("compile", "scael.onnx", "-t", "cpu"),
        ("inspect", "scael.onnx"),
        ("compile", "scale.onx", "-t", "cpu"),
    ],
)
def test_a_typo_in_a_models_path(edge: Edge, model: Path, arguments: tuple[str, ...]) -> None:
    leads(edge(*arguments), 2, "Did you mean scale.onnx?")


def test_a_typo_in_other_paths(edge: Edge, bundle: Path, sample: Path) -> None:
    leads(edge("deploy", "scal.edge", "-d", "cpu:"), 2, "Did you mean scale.edge?")
    leads(edge("deploy", "no/such.edge", "-d", "cpu:"), 2, "There is no folder no")
    leads(edge("run", "scale.edge", "-d", "cpu:", "-i", "y.npy"), 2, "Did you mean x.npy?")
    leads(edge("run", "scal.edg", "-d", "cpu:"), 2, "a bundle ends in .edge")
    assert edge("deploy", bundle, "-d", "cpu:").code == 0
    leads(edge("run", "scael", "-d", "cpu:", "-i", sample), 2, "Did you mean scale?")
    assert did_you_mean_file(sample, "never") == ""


@pytest.mark.parametrize("option", ["--json", "-d"])
def test_an_option_before_the_command(edge: Edge, option: str) -> None:
    done = edge(option, "devices")
    leads(done, 2, f"'edgesdk devices {option}'")
    assert "Did you mean" not in done.err


def test_a_source_model_that_is_to_be_run(edge: Edge, model: Path, sample: Path) -> None:
    for command in (("run", "-i", sample), ("generate", "Once"), ("chat",), ("serve",)):
        for given in ("./scale.onnx", "scale.onnx", str(model.parent)):
            done = edge(command[0], given, *command[1:], "-d", "cpu:")
            leads(done, 2, f"edgesdk deploy {given} --device cpu:", "EDGE-02299")
    for path in (model, str(model)):
        with pytest.raises(UsageError) as caught:
            edgesdk.load(path, "cpu:")
        assert caught.value.id == "EDGE-02299"


def test_a_model_that_is_installed_elsewhere(edge: Edge, sample: Path) -> None:
    for device in ("cpu:", "emu:nand", "emu:fpga"):
        leads(edge("run", "scale", "-d", device, "-i", sample), 2, f"on {device}", "edgesdk deploy")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "scale"), "Give --input FILE"),
        (("run", "scale", "-i", "nothing.alike"), "nothing.alike"),
        (("run", "scale", "-i", "nope.wav"), "called"),
        (("run", "scale", "-i", "z=x.npy"), "Give --input x=x.npy"),
        (("run", "scale", "-i", "scale.onnx"), ".npy"),
        (("run", "scale", "-i", "x.npy", "-i", "x=x.npy"), "out"),
        (("run", "scale", "--fact", "a=1"), "--stream FILE"),
        (("run", "scale", "-d", "cpu:0"), "--device cpu:"),
        (("run", "scale", "-d", "cpu:?thraeds=2"), "Did you mean threads?"),
        (("run", "scale", "-d", "cpu:?threads=x"), "leave threads out"),
        (("run", "scale", "-d", "emu:mcu?naem=x"), "Did you mean name?"),
        (("run", "scale", "-d", "emu:mcu?cut=x"), "leave cut out"),
        (("compile", "scale.onnx", "-t", "cpu", "--option", "foo=1"), "leave it out"),
        (("compile", "scale.onnx", "-t", "cpu", "--option", "kernels=default"), "Leave it out"),
        (("compile", "scale.onnx", "-t", "mcu:cortex-m4"), "mcu:cortex-m33"),
        (("monitor",), "emu:mcu"),
        (("deploy", "--firmware"), "emu:mcu"),
        (("predict", "zzzz"), "file or folder"),
        (("generate", "Once upon a time"), "the model's name comes before it"),
    ],
)
def test_every_message_has_a_next_step(
    edge: Edge, bundle: Path, sample: Path, arguments: tuple[str, ...], words: str
) -> None:
    if arguments[:2] == ("run", "scale"):
        assert edge("deploy", bundle, "-d", "cpu:").code == 0
    device = () if "-d" in arguments or arguments[0] in ("compile", "predict") else ("-d", "cpu:")
    done = edge(*arguments, *device)
    leads(done, FAILED[-1].exit_code, words)


def test_a_typo_in_the_settings(edge: Edge, home: Path) -> None:
    (home / "edgesdk.toml").write_text('[device.porch]\naddres = "cpu:"\n')
    leads(edge("devices"), 2, "addres", "Mend it")


def test_no_input_is_lost(edge: Edge, model: Path, bundle: Path, sample: Path) -> None:
    """An output takes no input's place, under whatever name, and a bundle's name ends in .edge."""
    kept = {path: path.read_bytes() for path in (model, bundle, sample)}
    Path("link.edge").symlink_to(model)
    run = ("run", bundle, "-d", "cpu:")
    for arguments in (
        ("compile", model, "-t", "cpu", "-o", model),
        ("compile", model, "-t", "cpu", "-o", "link.edge"),
        ("compile", model, "-t", "cpu", "-o", sample, "--samples", sample),
        (*run, "-i", sample, "-o", sample),
        (*run, "-i", f"x={sample}", "-o", f"../work/{sample.name}"),
        (*run, "-i", sample, "-o", bundle),
        ("predict", model, "-t", "nand:cambricon-l", "--trace", model),
        ("predict", model, "-t", "nand:cambricon-l", "--sweep", "channels=8", "--csv", model),
    ):
        leads(edge(*arguments), 2, "EDGE-02297")
    leads(edge("compile", model, "-t", "cpu", "-o", "other.onnx"), 2, "--output other.onnx.edge")
    assert not Path("other.onnx").exists()
    assert {path: path.read_bytes() for path in kept} == kept


def test_a_folder_instead_of_a_file(edge: Edge, model: Path) -> None:
    leads(edge("compile", ".", "-t", "cpu"), 2, "scale.onnx")
    leads(edge("deploy", ".", "-d", "cpu:"), 2, "scale.onnx")
    (model.parent / "saved_model.pb").touch()
    leads(edge("compile", ".", "-t", "cpu"), 2, "from_saved_model")
    (model.parent / "empty").mkdir()
    leads(edge("compile", "empty", "-t", "cpu"), 2, "config.json")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("m.pt", "torch.onnx.export"),
        ("m.H5", "TFLiteConverter"),
        ("m.keras", "TFLiteConverter"),
        ("m.safetensors", "folder that holds this file"),
        ("m.pkl", "skl2onnx"),
        ("m.engine", ".onnx"),
        ("m.tar.gz", "Unpack"),
        ("m.edge", "edgesdk deploy m.edge"),
        ("m.txt", "it reads .onnx"),
    ],
)
def test_a_file_of_another_kind(edge: Edge, home: Path, name: str, words: str) -> None:
    (home / name).write_bytes(b"x")
    leads(edge("compile", name, "-t", "cpu"), 2, words)
    if name not in ("m.edge", "m.txt"):
        leads(edge("deploy", name, "-d", "cpu:"), 2, words)


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("e.onnx", ("compile", "e.onnx", "-t", "cpu"), 2),
        ("e.tflite", ("compile", "e.tflite", "-t", "cpu"), 2),
        ("e.edge", ("deploy", "e.edge", "-d", "cpu:"), 8),
        ("e.npy", ("run", "scale.edge", "-d", "cpu:", "-i", "e.npy"), 2),
    ],
)
def test_an_empty_file(
    edge: Edge, bundle: Path, name: str, arguments: tuple[str, ...], code: int
) -> None:
    Path(name).touch()
    leads(edge(*arguments), code)


def test_a_float_model_for_a_microcontroller(edge: Edge, model: Path) -> None:
    leads(edge("compile", model, "-t", "mcu:cortex-m33"), 2, "int8")


def test_a_bundle_for_another_target(edge: Edge, bundle: Path) -> None:
    for device, target in (("emu:nand", "nand:cambricon-l"), ("emu:fpga", "fpga:kv260")):
        leads(edge("deploy", bundle, "-d", device), 9, f"compile MODEL --target {target}")


@pytest.mark.long
def test_a_model_that_is_too_big(edge: Edge, home: Path) -> None:
    assert edge("compile", STORY, "-t", "fpga:kv260", "-o", "story.edge").code == 0
    leads(edge("deploy", "story.edge", "-d", "emu:fpga?memory=1"), 9, "cma: needs")
    (home / "big.tflite").write_bytes(scale_of(200_000))
    assert edge("compile", "big.tflite", "-t", "mcu:cortex-m33", "--vectors", 1).code == 0
    leads(edge("deploy", "big.edge", "-d", "emu:mcu"), 9, "storage: needs")


def scale_of(size: int) -> bytes:
    """An int8 TFLite model: so many values, doubled."""
    builder = Builder()
    one = {"scale": 1.0, "zero": 0}
    x = builder.tensor("x", [1, size], 9, **one)
    constant = builder.constant(np.array([2], np.int8), **one)
    y = builder.tensor("y", [1, size], 9, **one)
    builder.operator("MUL", [x, constant], [y], options=("MulOptions", {}), version=2)
    builder.graph.inputs, builder.graph.outputs = [x], [y]
    return builder.content()


def test_an_older_bundle_than_the_device_may_run(edge: Edge, bundle: Path, model: Path) -> None:
    newer = ("compile", model, "-t", "cpu", "-o", "newer.edge", "--security-counter", "3")
    assert edge(*newer).code == 0
    assert edge("deploy", "newer.edge", "-d", "cpu:").code == 0
    leads(
        edge("deploy", bundle, "-d", "cpu:"),
        8,
        "has 0 (compile it again with --security-counter 3)",
    )


def test_nothing_but_the_set_up_needs_a_network(
    edge: Edge, bundle: Path, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(*arguments: Any) -> None:
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    monkeypatch.setattr(socket.socket, "connect", offline)
    monkeypatch.setattr(socket, "getaddrinfo", offline)
    assert edge("compile", save_scale(Path("other.onnx"), 3.0), "-t", "cpu").code == 0
    assert edge("deploy", bundle, "-d", "cpu:").code == 0
    assert edge("run", "scale", "-d", "cpu:", "-i", sample).code == 0
    leads(edge(*RUN, "socket://192.0.2.1:4000"), 3, "Network is unreachable")
