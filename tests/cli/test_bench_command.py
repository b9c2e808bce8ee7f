"""``edgesdk bench``: one, several side by side, and as events."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.models.bitnet_random import random_bitnet

from .conftest import Edge, save_scale

ROOT = Path(__file__).parents[2]
FEW = ("--runs", "3", "--warmup", "0")


def test_bench_of_one_and_of_two(edge: Edge, bundle: Path, sample: Path) -> None:
    edge("deploy", bundle, "-d", "cpu:")
    one = edge("bench", "scale", "-d", "cpu:", "--runs", "20", "-i", sample)
    assert one.code == 0
    for words in ("latency_p50", "peak_memory", "not measured", "20 runs, after 10"):
        assert words in one.out
    record = edge("bench", "scale", "-d", "cpu:", "--runs", "20", "-i", sample, "--json").json
    assert (record["record"], record["revision"]) == ("edgesdk-bench", 2)
    assert record["results"][0]["inputs_from"] == str(sample)
    assert record["comparisons"] == []
    two = edge("bench", "scale", bundle, "-d", "cpu:", "--runs", "20", "--json").json
    assert [r["model"] for r in two["results"]] == ["scale", "scale"]
    assert two["comparisons"][0]["ratio_of_medians"] > 0
    assert two["results"][1]["answers"]["equal"] == 8
    assert "seed" in two["results"][0]["inputs_from"]


def test_side_by_side(edge: Edge, bundle: Path) -> None:
    devices = ["-d", "cpu:", "-d", "cpu:?threads=1"]
    shown = edge("bench", bundle, *devices, "--runs", "20")
    assert "ratio of medians, B to A" in shown.out
    assert max(map(len, shown.out.splitlines())) <= 100
    four = edge("bench", bundle, *devices, "-d", "cpu:", "-d", "cpu:?threads=2", *FEW)
    assert four.code == 0
    assert "ratio of medians, D to A" in four.out
    assert max(map(len, four.out.splitlines())) <= 100


def test_a_source_model_is_compiled_and_installed_nowhere(edge: Edge, model: Path) -> None:
    other = save_scale(model.with_name("other.onnx"), 3.0)
    done = edge("bench", model, "other.onnx", "-d", "cpu:", *FEW, "--json")
    assert done.code == 0, done.err
    assert "compiled for cpu, and deployed to nothing" in done.err
    first, second = done.json["results"]
    assert first["made_from"]["source"] == "scale.onnx"
    assert first["figures"]["needs_storage"]["how"] == "declared"
    assert "may be there already" in first["figures"]["load_time"]["note"]
    assert second["answers"]["equal"] == 0
    assert second["answers"]["outputs"][0]["difference"] > 0
    assert edge("devices", "-d", "cpu:", "--json").json["models"] == []
    assert other.exists()


def test_several_files_are_several_sets(edge: Edge, bundle: Path, sample: Path) -> None:
    shutil.copy(sample, "again.npy")
    files = ("-i", sample, "-i", "again.npy")
    record = edge("bench", bundle, bundle, "-d", "cpu:", *files, *FEW, "--json").json
    assert record["results"][1]["answers"]["samples"] == 2
    assert record["results"][1]["inputs_from"] == f"{sample} again.npy"


def test_a_microcontroller_runs_installed_models_only(edge: Edge) -> None:
    model = ROOT / "models" / "sound" / "sound_int8.tflite"
    refused = edge("bench", model, "-d", "emu:mcu", *FEW)
    assert refused.code == 2
    assert "EDGE-0208" in refused.err
    commands = refused.err.split("or the name: ")[1].strip().split("; ")
    assert [command.split()[1] for command in commands] == ["compile", "deploy"]
    for command in commands:
        assert edge(*command.split()[1:]).code == 0
    record = edge("bench", model, "-d", "cpu:", "-d", "emu:mcu", *FEW, "--json").json
    board = record["results"][1]
    found = board["figures"]
    [scores] = board["answers"]["outputs"]
    assert scores["rows"] == scores["top"] == 8
    assert 0 < scores["difference"] < 0.02  # LiteRT's own kernels, and its reference ones
    assert found["instructions"]["how"] == "counted"
    assert "peak_memory_growth" not in found  # this process's memory is not the board's
    assert "from this machine and back" in found["latency_p50"]["note"]
    assert (found["device_latency"]["how"], found["device_latency"]["value"]) == (
        "not measured",
        None,
    )


def test_a_language_model_everywhere(edge: Edge, home: Path) -> None:
    model = random_bitnet(home / "m", 22)
    devices = [word for kind in ("cpu:", "emu:fpga", "emu:nand") for word in ("-d", kind)]
    record = edge("bench", model, *devices, *FEW, "--json").json
    cpu, fpga, nand = record["results"]
    assert {r["figures"]["needs_storage"]["how"] for r in record["results"]} == {"declared"}
    for name in ("device_prefill_rate", "device_decode_rate"):
        assert cpu["figures"][name]["how"] == "measured"
        assert cpu["figures"][name]["band"] is None
        for result in (fpga, nand):
            low, high = result["figures"][name]["band"]
            assert result["figures"][name]["how"] == "modelled"
            assert low <= result["figures"][name]["value"] <= high
    assert cpu["figures"]["energy"]["how"] == "not measured"
    assert nand["figures"]["energy"]["how"] == "modelled"
    for result in (fpga, nand):
        tokens, logits = result["answers"]["outputs"]
        assert tokens["tokens"] == tokens["length"] > 0
        assert logits["top"] == logits["rows"] == tokens["length"]
        assert result["answers"]["inputs"] == "the same"
    assert [c["ratio_of_medians"] for c in record["comparisons"]] == [None, None]


def test_a_prompt_of_ones_own(edge: Edge) -> None:
    story = ROOT / "models" / "story"
    record = edge("bench", story, "-d", "cpu:", "--prompt", "The dog", *FEW, "--json").json
    assert record["results"][0]["inputs_from"] == "'The dog'"


def test_bench_events(edge: Edge, bundle: Path) -> None:
    lines = edge("bench", bundle, "-d", "cpu:", "--runs", "20", "--jsonl").lines
    assert [line["done"] for line in lines[:-1]] == list(range(2, 21, 2))
    assert lines[-1]["event"] == "result"
    assert edge("bench", "none", "-d", "cpu:").code == 2


@pytest.mark.parametrize("what", ["nowhere.onnx", "nowhere.edge", "./nowhere", "scale.txt"])
def test_models_that_are_none(edge: Edge, model: Path, what: str) -> None:
    Path("scale.txt").write_text("no model")
    done = edge("bench", what, "-d", "cpu:")
    assert done.code == 2, done.err
    assert "EDGE-02" in done.err


def test_a_new_emulated_device_is_told_of_before_bit_errors_are_studied(edge: Edge) -> None:
    done = edge("bench", "none", "-d", "emu:nand?name=bord", "--errors=1e-3")
    assert done.code != 0
    assert done.err.count("emu:nand?name=bord is a new emulated device") == 1
