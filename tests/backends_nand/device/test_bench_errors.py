"""``edgesdk bench --errors`` on a real model: its table, its plot, and what it refuses."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

import edgesdk
from edgesdk.cli import program

ROOT = Path(__file__).parents[3]
TEXT = "Once upon a time, there was a little girl named Lily. She loved to play outside."

Bench = Callable[..., str]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the story model as a bundle of 8-bit weights, and the keys of its signer."""
    folder = tmp_path_factory.mktemp("story")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDGESDK_CONFIG", str(folder / "config"))
        settings = {"name": "story", "vectors": 1, "options": {"weights": "w8a8"}}
        source = ROOT / "models" / "story"
        edgesdk.compile(source, "nand:cambricon-s", output=folder / "s.edge", **settings).close()
    return folder


@pytest.fixture
def bench(story: Path, user_folder: Path) -> Bench:
    """Run ``edgesdk bench s.edge`` with these arguments, on a device of the right kind."""
    shutil.copytree(story / "config", user_folder / "config")
    shutil.copy(story / "s.edge", user_folder)
    (user_folder / "text.txt").write_text(TEXT)

    def run(*arguments: str, code: int = 0, device: str = "emu:nand?preset=cambricon-s") -> str:
        command = ["bench", "s.edge", "--device", device, *arguments]
        done = CliRunner().invoke(program, command)
        assert done.exit_code == code, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout if code == 0 else done.stderr

    return run


def test_a_table_of_rates_and_corrections(bench: Bench) -> None:
    done = bench("--errors=0,1e-2", "--text", "text.txt", "--correction", "words", "--seeds", "2")
    lines = done.splitlines()
    assert lines[0].split()[:3] == ["BIT", "ERRORS", "CORRECTION"]
    assert [line.split()[:2] for line in lines[1:7]] == [
        [rate, name] for rate in ("0", "0.01") for name in ("none", "exact", "words")
    ]
    assert "words_fixed" in lines[6]
    assert "perplexity" in lines[7]


def test_the_object_for_programs(bench: Bench) -> None:
    done = json.loads(bench("--errors=0,2e-2", "--text", "text.txt", "--seeds", "2", "--json"))
    assert (done["record"], done["ok"], done["model"]) == ("edgesdk-errors", True, "s.edge")
    without, _, errors, _ = done["rows"]
    assert without["change"] == {"low": 0, "mean": 0, "high": 0}
    assert without["perplexity"]["mean"] == done["perplexity"]
    assert errors["perplexity"]["mean"] > done["perplexity"]
    assert errors["kept"]["mean"] < 1
    assert errors["counts"]["flipped_bits"] > 1000


def test_a_plot_and_a_spreadsheet(bench: Bench, user_folder: Path) -> None:
    pytest.importorskip("matplotlib")
    options = ["--seeds", "1", "--tokens", "8", "--text", "text.txt"]
    done = bench("--errors=0,1e-3", *options, "--plot", "p.png", "--csv")
    rows = list(csv.DictReader(done.splitlines()))
    assert list(rows[0])[:2] == ["rate", "correction"]
    assert [row["correction"] for row in rows] == ["none", "exact"] * 2
    assert [row["copies"] for row in rows] == ["", "2"] * 2
    assert {(row["tokens"], row["seeds"]) for row in rows} == {("8", "1")}
    assert rows[0]["clean_perplexity"] == rows[0]["perplexity"]  # of errors of rate 0
    assert int(rows[2]["flipped_bits"]) > 0
    assert (user_folder / "p.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("path", ["no/p.png", "p.txt", "folder.png"])
def test_a_plot_that_cannot_be_is_refused_before_the_study(
    bench: Bench, user_folder: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    pytest.importorskip("matplotlib")
    (user_folder / "folder.png").mkdir()
    monkeypatch.setattr("edgesdk.cli.bench.bit_errors.study", None)  # would be called in vain
    assert "EDGE-02277" in bench("--errors=1e-3", "--plot", path, code=2)


def test_the_table_is_not_lost_with_the_plot(
    bench: Bench, user_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = pytest.importorskip("matplotlib.figure").Figure

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(figure, "savefig", full)
    command = ["bench", "s.edge", "-d", "emu:nand?preset=cambricon-s", "--errors=1e-3"]
    options = ["--seeds", "1", "--tokens", "2", "--plot", "p.png"]
    done = CliRunner().invoke(program, [*command, *options])
    assert done.exit_code == 2
    assert "EDGE-02277" in done.stderr
    assert done.stdout.startswith("BIT ERRORS")
    told = json.loads(CliRunner().invoke(program, [*command, *options, "--json"]).stdout)
    assert (told["ok"], len(told["rows"])) == (False, 2)


def test_errors_alone_are_the_usual_rates(bench: Bench) -> None:
    done = json.loads(bench("--seeds", "1", "--tokens", "2", "--json", "--errors"))
    rates = list(dict.fromkeys(row["rate"] for row in done["rows"]))
    assert rates == [1e-6, 1e-5, 1e-4, 2e-4, 8e-4, 1e-3, 1e-2]


def test_errors_before_the_model_take_it_for_rates(bench: Bench) -> None:
    done = CliRunner().invoke(program, ["bench", "--errors", "s.edge"])
    assert done.exit_code == 2
    assert "EDGE-02273" in done.stderr
    assert "behind the model" in done.stderr


def test_rates_twice_are_measured_once(bench: Bench) -> None:
    done = json.loads(bench("--errors=1e-3,0.001,0", "--seeds", "1", "--tokens", "2", "--json"))
    assert [row["rate"] for row in done["rows"]] == [1e-3, 1e-3, 0, 0]


def test_finished_rows_are_told_at_once(bench: Bench) -> None:
    done = bench("--errors=1e-3", "--seeds", "1", "--tokens", "2", "--jsonl").splitlines()
    events = [json.loads(line) for line in done]
    told = [event for event in events if event["event"] == "row"]
    assert [(row["rate"], row["correction"]) for row in told] == [(1e-3, "none"), (1e-3, "exact")]
    assert told[1]["parameters"] == {"copies": "2", "compare": "magnitude"}
    assert events[-1]["rows"][1]["change"] == told[1]["change"]


def test_options_of_the_address_are_said_beside_each_correction(bench: Bench) -> None:
    address = "emu:nand?preset=cambricon-s&correction=exact&copies=4&compare=signed"
    arguments = ["--errors=1e-2", "--seeds", "1", "--tokens", "2", "--correction", "paper"]
    none, exact, paper = bench(*arguments, device=address).splitlines()[1:4]
    assert "copies" not in none
    assert "exact (copies 4, compare signed)" in exact
    assert "paper (copies 4, compare signed)" in paper


@pytest.mark.parametrize(
    ("arguments", "number"),
    [
        (["--errors=much"], "EDGE-02273"),
        (["--errors=0.6"], "EDGE-02273"),
        (["--errors=" + ",".join(["1e-3"] * 65)], "EDGE-02273"),
        (["--errors=1e-3", "other.edge"], "EDGE-02275"),
        (["--errors=1e-3", "--correction", "hope"], "EDGE-02276"),
        (["--csv"], "EDGE-02278"),
        (["--text", "text.txt"], "EDGE-02278"),
        (["--seeds", "3"], "EDGE-02278"),
        (["--tokens", "512"], "EDGE-02278"),
        (["--errors=1e-3", "--runs", "3"], "EDGE-02278"),
        (["--errors=1e-3", "--warmup", "10"], "EDGE-02278"),
        (["--errors=1e-3", "--seconds", "1"], "EDGE-02278"),
        (["--errors=1e-3", "-i", "none.npy"], "EDGE-02278"),
        (["--errors=1e-3", "--text", "none.txt"], "EDGE-02151"),
    ],
)
def test_what_is_refused(bench: Bench, arguments: list[str], number: str) -> None:
    assert number in bench(*arguments, code=2)


def test_a_device_without_errors(bench: Bench) -> None:
    assert "EDGE-02274" in bench("--errors=1e-3", device="cpu:", code=2)


@pytest.mark.parametrize(
    ("option", "rate"), [("rber=2e-4", "0.0002"), ("retention=720", "0.00"), ("seed=3", "0")]
)
def test_an_address_with_errors_of_its_own(bench: Bench, option: str, rate: str) -> None:
    told = bench("--errors=1e-3", device=f"emu:nand?preset=cambricon-s&{option}", code=2)
    assert "EDGE-02285" in told
    assert f"--errors={rate}" in told


def test_noise_and_correction_of_the_address_are_part_of_a_study(bench: Bench) -> None:
    address = "emu:nand?preset=cambricon-s&noise=1e-3&correction=words"
    lines = bench("--errors=0", "--seeds", "1", "--tokens", "8", device=address).splitlines()
    assert [line.split()[1] for line in lines[1:3]] == ["none", "words"]
    assert "words_fixed" in lines[2]


def test_an_installed_model(bench: Bench, user_folder: Path) -> None:
    with (
        edgesdk.read_bundle(user_folder / "s.edge", None) as bundle,
        edgesdk.connect("emu:nand?preset=cambricon-s") as device,
    ):
        edgesdk.deploy(bundle, device)
    command = ["bench", "story", "-d", "emu:nand?preset=cambricon-s", "--errors=1e-3"]
    done = CliRunner().invoke(program, [*command, "--seeds", "1", "--tokens", "4"])
    assert done.exit_code == 0, done.stderr
    assert "0.001" in done.stdout
    missing = CliRunner().invoke(program, [*command[:1], "nothing", *command[2:]])
    assert missing.exit_code == 2
    assert "EDGE-0203" in missing.stderr


def test_a_text_of_many_megabytes_is_cut_before_it_is_read(bench: Bench, user_folder: Path) -> None:
    (user_folder / "long.txt").write_text(TEXT * 400_000)  # 32 MB: more than a tokenizer takes
    arguments = ["--errors=0", "--seeds", "1", "--text", "long.txt", "--tokens", "16", "--json"]
    assert json.loads(bench(*arguments))["tokens"] == 16


@pytest.mark.long
def test_correction_keeps_the_perplexity_of_a_real_text(bench: Bench, data: Path) -> None:
    text = str(data / "text" / "tinystories_sample.txt")
    done = json.loads(bench("--errors=1e-3", "--text", text, "--correction", "words", "--json"))
    none, _, words = done["rows"]
    assert words["perplexity"]["mean"] < none["perplexity"]["mean"]
    assert words["perplexity"]["mean"] < 1.05 * done["perplexity"]
