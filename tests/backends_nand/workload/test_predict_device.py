"""``edgesdk predict CONFIG.json --device emu:nand?...``, as a user walks it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from edgesdk.cli import program
from tests.backends_nand.workload.configs import CONFIGS

ADDRESS = "emu:nand?preset=cambricon-l"


@pytest.fixture(autouse=True)
def folder(user_folder: Path) -> Path:
    """Each config in a file of its own, and a user without settings."""
    for name, document in CONFIGS.items():
        (user_folder / f"{name}.json").write_text(json.dumps(document))
    return user_folder


def run(*arguments: str) -> Result:
    done = CliRunner().invoke(program, ["predict", *arguments])
    assert "Traceback" not in done.stderr
    return done


def prediction(*arguments: str) -> dict[str, Any]:
    done = run(*arguments, "--json", "-q")
    assert done.exit_code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)["prediction"]
    return found


def decode(*arguments: str) -> dict[str, Any]:
    """The phase of one token after 1000 positions."""
    phase: dict[str, Any] = prediction(*arguments, "--context", "1000", "--prompt", "1")["phases"][
        0
    ]
    return phase


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_is_enough(name: str) -> None:
    phase = decode(f"{name}.json", "--device", ADDRESS)
    band = phase["tokens_per_second"]
    assert 0 < band["worst"] <= band["expected"] <= band["best"] < phase["ceiling"]
    for row in phase["occupancy"]:
        assert row["busy"] + sum(row["idle"].values()) == pytest.approx(1, abs=1e-6)
    assert phase["quantities"]


def test_the_published_rate_stands_beside() -> None:
    """Cambricon-LLM, figure 9: OPT-6.7B on L, 36.34 tokens a second; ours is within a tenth."""
    phase = decode("opt-6.7b.json", "--device", ADDRESS)
    [figure] = phase["published"]
    assert figure["value"] == 36.34
    assert phase["tokens_per_second"]["expected"] == pytest.approx(36.34, rel=0.1)


def test_a_ternary_config_is_predicted_with_ternary_weights() -> None:
    found = prediction("bitnet-2b4t.json", "--device", ADDRESS, "--context", "9", "--prompt", "1")
    assert found["settings"]["weights"] == "ternary"
    other = prediction("llama-3-8b.json", "--device", ADDRESS, "--context", "9", "--prompt", "1")
    assert other["settings"]["weights"] == "w8a8"


def test_an_address_and_a_target_say_the_same() -> None:
    lengths = ("--context", "1000", "--prompt", "8")
    by_address = prediction("opt-6.7b.json", "-d", f"{ADDRESS}&channels=16", *lengths)
    by_target = prediction(
        "opt-6.7b.json", "-t", "nand:cambricon-l", "--option", "channels=16", *lengths
    )
    assert by_address["phases"] == by_target["phases"]
    assert by_address["target"] == "nand:cambricon-l"


def test_full_key_heads_are_slower() -> None:
    """Cambricon-LLM's 70B, 3.44 tokens a second on L, is that of a model without grouped heads."""
    address = ("llama-2-70b", "-d", ADDRESS)
    grouped = decode(*address)["tokens_per_second"]["expected"]
    full = decode(*address, "--option", "kv=full")["tokens_per_second"]["expected"]
    assert full == pytest.approx(3.44, rel=0.1)
    assert grouped > 1.15 * full


@pytest.mark.parametrize(
    ("arguments", "identity"),
    [
        (("opt-6.7b.json", "-d", "emu:nand?preset=cambricon-xl"), "EDGE-02221"),
        (("opt-6.7b.json", "-d", f"{ADDRESS}&chanels=3"), "EDGE-02242"),
        (("opt-6.7b.json", "-d", f"{ADDRESS}&channels=three"), "EDGE-02223"),
        (("opt-6.7b.json", "-d", f"{ADDRESS}&channels=8", "--option", "channels=16"), "EDGE-02229"),
        (("opt-6.7b.json", "-d", ADDRESS, "--context", "5000"), "EDGE-02191"),
        (("opt-6.7b.json", "-d", ADDRESS, "--context", "0"), "EDGE-02191"),
        (("opt-6.7b.json", "-d", ADDRESS, "-t", "nand:cambricon-l"), "EDGE-02228"),
        (("opt-6.7b.json", "-d", "cpu:"), "EDGE-02230"),
        (("opt-6.7b.json", "-t", "fpga:kv260"), "EDGE-02197"),
        (("gpt.json", "-d", ADDRESS), "EDGE-02227"),
        (("none.json", "-d", ADDRESS), "EDGE-02193"),
        (("opt-6.7b.json", "-d", ADDRESS, "--trace", "."), "EDGE-0249"),
    ],
)
def test_what_goes_wrong(arguments: tuple[str, ...], identity: str, folder: Path) -> None:
    (folder / "gpt.json").write_text('{"model_type": "gpt2", "n_embd": 768}')
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"[{identity}]" in done.stderr


def test_an_fpga_says_why_it_cannot_run_a_family() -> None:
    assert "opt" in run("opt-6.7b.json", "-t", "fpga:kv260").stderr


def test_a_time_line_of_a_real_model(folder: Path) -> None:
    done = run("mixtral-8x7b.json", "-d", ADDRESS, "--context", "1000", "--trace", "line.json")
    assert done.exit_code == 0, done.stderr
    content = (folder / "line.json").read_bytes()
    assert len(content) < 10_000_000
    assert json.loads(content)["traceEvents"]


def test_a_bundle_is_predicted_as_it_was_compiled() -> None:
    model = Path(__file__).parents[3] / "models" / "story"
    target = ("--target", "nand:cambricon-s", "--option", "weights=w8a8", "-o", "story.edge")
    made = CliRunner().invoke(program, ["compile", str(model), *target])
    assert made.exit_code == 0, made.stderr
    found = prediction("story.edge", "--context", "50", "--prompt", "8")
    assert found["target"] == "nand:cambricon-s"
    assert found["settings"]["weights"] == "w8a8"
    there = prediction("story.edge", "--device", ADDRESS, "--context", "50", "--prompt", "8")
    assert (there["target"], there["settings"]["weights"]) == ("nand:cambricon-l", "w8a8")


def test_a_source_model_that_is_ternary_is_predicted_so() -> None:
    model = Path(__file__).parents[3] / "models" / "story"
    found = prediction(str(model), "--device", ADDRESS, "--context", "50", "--prompt", "8")
    assert found["settings"]["weights"] == "ternary"
