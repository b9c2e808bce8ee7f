"""``edgesdk predict``, the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from edgesdk.cli import program
from tests.models.variants import scale_onnx

TARGET = ("--target", "fpga:kv260")

pytestmark = pytest.mark.usefixtures("user_folder")


def run(*arguments: str) -> Result:
    done = CliRunner().invoke(program, ["predict", *arguments])
    assert "Traceback" not in done.stderr
    return done


def refused(*arguments: str) -> str:
    done = run(*arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    first = done.stderr.splitlines()[0]
    assert first.startswith("error: ")
    return first


def test_the_tables() -> None:
    tellme = ("--option", "profile=tellme", "--prompt", "64")
    done = run("bitnet-0.73b", *TARGET, *tellme, "--details")
    assert done.exit_code == 0
    for text in ("modelled", "CEILING", "LONGEST PART", "table lookups", "PUBLISHED", "ASSUMED"):
        assert text in done.stdout
    assert "FITTED" in done.stdout
    assert done.stderr.startswith("note: ")


def test_the_object() -> None:
    done = run("bitnet-2b4t", *TARGET, "--context", "7", "--prompt", "5", "--json", "-q")
    found: dict[str, Any] = json.loads(done.stdout)["prediction"]
    decode, prefill = found["phases"]
    assert (decode["name"], decode["at"], prefill["name"], prefill["at"]) == (
        "decode",
        7,
        "prefill",
        5,
    )
    band = decode["tokens_per_second"]
    assert band["worst"] < band["expected"] < band["best"] < decode["ceiling"]
    assert {term["name"] for term in decode["terms"]} >= {"ternary matmul", "attention", "host"}
    assert found["how"] == "modelled"
    assert found["resources"]
    assert found["assumptions"]


@pytest.mark.parametrize(
    ("arguments", "identity"),
    [
        (("bitnet-0.73b",), "EDGE-02194"),
        (("bitnet-0.73b", "-t", "fpga:moon"), "EDGE-02182"),
        (("bitnet-0.73b", "-t", "cpu"), "EDGE-02190"),
        (("bitnet-0.73b", "-t", "moon"), "EDGE-0213"),
        (("bitnet-0.73b", *TARGET, "--context", "2048"), "EDGE-02191"),
        (("bitnet-0.73b", *TARGET, "--prompt", "0"), "EDGE-02191"),
        (("bitnet-0.73b", *TARGET, "--prompt", "-1"), "EDGE-02191"),
        (("bitnet-0.73b", *TARGET, "--option", "clock"), "EDGE-0221"),
        (("bitnet-0.73b", *TARGET, "--option", "clock=0"), "EDGE-02196"),
        (("nothing", *TARGET), "EDGE-02193"),
    ],
)
def test_refusals(arguments: tuple[str, ...], identity: str) -> None:
    assert f"[{identity}]" in refused(*arguments)


def test_click_says_what_is_no_number() -> None:
    assert run("bitnet-0.73b", *TARGET, "--prompt", "many").exit_code == 2


def test_a_bundle_for_another_backend_tells_its_sizes() -> None:
    model = str(Path(__file__).parents[3] / "models" / "story")
    made = CliRunner().invoke(
        program, ["compile", model, "-t", "cpu", "--option", "head=int8", "-o", "story.edge"]
    )
    assert made.exit_code == 0
    of_bundle, of_source = (
        json.loads(run(subject, *TARGET, "--json", "-q").stdout)["prediction"]
        for subject in ("story.edge", model)
    )
    assert of_bundle == of_source


def test_a_bundle_of_no_language_model(tmp_path: Path) -> None:
    model = scale_onnx(tmp_path, 2)
    made = CliRunner().invoke(
        program, ["compile", str(model), "--target", "cpu", "-o", "scale.edge"]
    )
    assert made.exit_code == 0
    told = run("scale.edge", *TARGET).stderr
    assert "[EDGE-02192]" in told
    assert "a bundle for cpu with a model of another kind" in told


@pytest.mark.parametrize(
    ("address", "options"),
    [
        ("emu:fpga", ()),
        ("emu:fpga?board=kv260&name=mine&head=host", ("--option", "head=host")),
        ("pynq:?head=fabric&context=20", ("--option", "head=fabric")),
    ],
)
def test_a_device_is_predicted_as_its_target_is(address: str, options: tuple[str, ...]) -> None:
    lengths = ("--context", "7", "--prompt", "5", "--json", "-q")
    by_address, by_target = (
        json.loads(run("bitnet-0.73b", *where, *lengths).stdout)["prediction"]
        for where in (("--device", address), (*TARGET, *options))
    )
    assert by_address == by_target


def test_an_address_that_no_device_has_is_not_predicted() -> None:
    assert "[EDGE-02180]" in refused("bitnet-0.73b", "--device", "emu:fpga?head=roof")


def test_a_bundle_for_an_fpga_is_predicted_as_it_was_compiled() -> None:
    model = Path(__file__).parents[3] / "models" / "story"
    target = ("--target", "fpga:kv260", "--option", "clock=150", "--option", "head=host")
    made = CliRunner().invoke(program, ["compile", str(model), *target, "-o", "story.edge"])
    assert made.exit_code == 0
    found = json.loads(run("story.edge", "--json", "-q").stdout)["prediction"]
    assert found["settings"]["clock_mhz"] == "150"
    assert found["settings"]["head"] == "host"
    [host] = [term for term in found["phases"][0]["terms"] if term["name"] == "head"]
    assert host["limit"] == "A53"


def test_lengths_are_refused_by_what_they_are_of() -> None:
    assert "cannot have a prompt of 0 tokens" in refused("bitnet-0.73b", *TARGET, "--prompt", "0")
    after = refused("bitnet-0.73b", *TARGET, "--context", "2048")
    assert "cannot have a token after 2048 positions" in after
