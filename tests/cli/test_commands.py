"""The commands on real models, from compile to rollback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from .conftest import Outcome, save_scale, save_sum

Edge = Callable[..., Outcome]


def outputs(edge: Edge, *arguments: object) -> list[float]:
    done = edge("run", *arguments, "--json", "-q")
    assert done.code == 0, done.err
    values = done.json["outputs"]["y"]["data"]
    assert isinstance(values, list)
    return values


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


def test_run_shows_the_top_labels(edge: Edge, bundle: Path, sample: Path) -> None:
    text = edge("run", bundle, "-d", "cpu:", "-i", sample).out.splitlines()
    assert text == ["y  float32[1, 4]", "  dog    8", "  sea    6", "  clock  4", "  rain   2"]
    found = edge("run", bundle, "-d", "cpu:", "-i", sample, "--json").json
    assert (found["model"], found["version"], found["device"]) == ("scale", "1.0.0", "cpu:")
    y = found["outputs"]["y"]
    assert (y["dtype"], y["shape"]) == ("float32", [1, 4])
    assert y["labels"] == ["rain", "clock", "dog", "sea"]
    assert y["top"][0] == {"label": "dog", "score": 8.0}


def test_run_saves_its_outputs(edge: Edge, bundle: Path, sample: Path) -> None:
    done = edge("run", bundle, "-d", "cpu:", "-i", sample, "-o", "y.npz")
    assert "saved 1 outputs to y.npz" in done.err
    with np.load("y.npz", allow_pickle=False) as saved:
        np.testing.assert_array_equal(saved["y"], np.array([[2, 4, 8, 6]], np.float32))
    assert edge("run", bundle, "-d", "cpu:", "-i", sample, "-o", "no/y.npz").code == 2


def test_run_from_stdin(edge: Edge, bundle: Path, sample: Path) -> None:
    done = edge("run", bundle, "-d", "cpu:", "-i", "-", "--json", stdin=sample.read_bytes())
    assert done.json["outputs"]["y"]["data"] == [2, 4, 8, 6]


def test_run_with_several_inputs(edge: Edge, home: Path) -> None:
    assert edge("compile", save_sum(home / "sum.onnx"), "-t", "cpu").code == 0
    np.save("one.npy", np.array([1, 2, 3], np.float32))
    (home / "two.csv").write_text("10,20,30")
    both = ["-i", "a=one.npy", "-i", "b=two.csv"]
    done = edge("run", "sum.edge", "-d", "cpu:", *both, "--json")
    assert done.json["outputs"]["c"]["data"] == [11, 22, 33]
    missing = edge("run", "sum.edge", "-d", "cpu:", "-i", "a=one.npy")
    assert missing.code == 2
    assert "[EDGE-0202]" in missing.err


@pytest.mark.parametrize(
    ("array", "identity"),
    [
        (np.zeros((2, 4), np.float32), "EDGE-0202"),
        (np.zeros((1, 4), np.complex64), "EDGE-0226"),
        (np.array([["a", "b", "c", "d"]]), "EDGE-0226"),
    ],
)
def test_a_wrong_input_leaves_the_model_answering(
    edge: Edge, bundle: Path, sample: Path, array: np.ndarray, identity: str
) -> None:
    edge("deploy", bundle, "-d", "cpu:")
    np.save("wrong.npy", array)
    done = edge("run", "scale", "-d", "cpu:", "-i", "wrong.npy")
    assert done.code == 2
    assert f"[{identity}]" in done.err
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


def test_keys_of_somebody_else(
    edge: Edge, bundle: Path, model: Path, sample: Path, tmp_path: Path
) -> None:
    edge("deploy", bundle, "-d", "cpu:")
    assert edge("keys", "new", "alice").code == 0
    assert [k["name"] for k in edge("keys", "list", "--json").json["keys"]] == [
        "alice",
        "development",
    ]
    signed = ["--key", "alice", "--version", "2.0.0", "-o", "alice.edge"]
    assert edge("compile", model, "-t", "cpu", *signed).code == 0
    refused = edge("deploy", "alice.edge", "-d", "cpu:")  # the device was never told of alice
    assert (refused.code, "[EDGE-0804]" in refused.err) == (8, True)
    assert outputs(edge, "scale", "-d", "cpu:", "-i", sample) == [2, 4, 8, 6]
    assert edge("keys", "trust", "alice", "-d", "cpu:").code == 0
    assert edge("deploy", "alice.edge", "-d", "cpu:").code == 0
    pem = edge("keys", "export", "alice").out
    assert pem.startswith("-----BEGIN PUBLIC KEY-----")
    Path("alice.pem").write_text(pem)
    assert edge("keys", "distrust", "./alice.pem", "-d", "cpu:").code == 0
    assert edge("run", "scale", "-d", "cpu:", "-i", sample).code == 8
    assert edge("keys", "delete", "alice", "--yes").code == 0
    assert edge("deploy", "alice.edge", "-d", "cpu:").code == 8
    assert edge("keys", "add", "friend", "alice.pem").code == 0
    assert edge("inspect", "alice.edge", "--json").json["trusted"] is True
    assert edge("compile", model, "-t", "cpu", "--key", "friend").code == 2


def test_a_downgrade_is_refused(edge: Edge, model: Path, sample: Path) -> None:
    for counter, name in ((5, "new.edge"), (4, "old.edge")):
        options = ["--security-counter", counter, "-o", name]
        assert edge("compile", model, "-t", "cpu", *options).code == 0
    assert edge("deploy", "new.edge", "-d", "cpu:").code == 0
    assert edge("check", "old.edge", "-d", "cpu:").code == 8
    refused = edge("deploy", "old.edge", "-d", "cpu:")
    assert refused.code == 8
    assert outputs(edge, "scale", "-d", "cpu:", "-i", sample) == [2, 4, 8, 6]


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


def test_devices(edge: Edge) -> None:
    assert "cpu:" in edge("devices").out
    assert "cpu:" in [info["address"] for info in edge("devices", "--json").json["devices"]]


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
    assert [row["what"] for row in ill.json["rows"] if row["status"] == "BROKEN"] == ["settings"]
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

    from edgesdk.cli import health

    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(health, "version", missing)
    done = edge("doctor", "--json")
    notes = [row for row in done.json["rows"] if row["what"] == "extra media: pillow"]
    assert notes[0]["status"] == "note"
    assert "edgesdk[media]" in notes[0]["detail"]
    assert done.code == 0


def test_strings_in_and_out(edge: Edge, home: Path) -> None:
    import onnx
    from onnx import TensorProto, helper

    text = [helper.make_tensor_value_info(name, TensorProto.STRING, [2]) for name in ("s", "y")]
    node = helper.make_node("Identity", ["s"], ["y"])
    graph = helper.make_graph([node], "text", [text[0]], [text[1]])
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), "text.onnx")
    assert edge("compile", "text.onnx", "-t", "cpu").code == 0
    np.save("s.npy", np.array(["snow", "schön"]))
    done = edge("run", "text.edge", "-d", "cpu:", "-i", "s.npy", "--json", "-o", "y.npz")
    assert done.json["outputs"]["y"]["data"] == ["snow", "schön"]
    with np.load("y.npz", allow_pickle=False) as saved:
        assert saved["y"].tolist() == ["snow", "schön"]
    assert json.loads(done.out)["outputs"]["y"]["dtype"] == "string"


def test_every_model_of_the_shared_data(edge: Edge, data: Path, home: Path) -> None:
    models = sorted([*data.rglob("*.tflite"), *data.rglob("*.onnx")])
    assert models
    for path in models:
        assert edge("compile", path, "-t", "cpu", "-o", "m.edge", "--name", "m").code == 0, path
        assert edge("deploy", "m.edge", "-d", "cpu:").code == 0, path
        specs = edge("inspect", "m.edge", "--json").json["manifest"]["inputs"]
        arrays = {
            s["name"]: np.zeros([a if isinstance(a, int) else 1 for a in s["shape"]], s["dtype"])
            for s in specs
        }
        np.savez("x.npz", **arrays)
        done = edge("run", "m", "-d", "cpu:", "--input", "x.npz", "--json")
        assert done.code == 0, (path, done.err)
        assert done.json["outputs"]


def test_a_real_sound_through_the_microfrontend(edge: Edge, data: Path) -> None:
    """The shared clips: the preprocessor takes 30 ms of 16 kHz, int16 raw."""
    folder = data / "tflm-micro-speech"
    model = folder / "audio_preprocessor_int8.tflite"
    assert edge("compile", model, "-t", "cpu", "-o", "p.edge").code == 0
    done = edge("run", "p.edge", "-d", "cpu:", "-i", folder / "yes_30ms.wav", "--json")
    assert done.code == 0, done.err
    (found,) = done.json["outputs"].values()
    assert np.prod(found["shape"]) == 40


def test_the_keyword_row_is_taken_flat(edge: Edge, data: Path) -> None:
    folder = data / "mlperf-tiny"
    assert edge("compile", folder / "kws_ref_model.tflite", "-t", "cpu", "-o", "k.edge").code == 0
    row = folder / "kws_input_int8_49x10.csv"
    done = edge("run", "k.edge", "-d", "cpu:", "-i", row, "--json")
    assert "reshaped to [1, 49, 10, 1]" in done.err
    assert next(iter(done.json["outputs"].values()))["shape"] == [1, 12]
