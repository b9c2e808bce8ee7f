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
from edgesdk.cli.bench_errors import USUAL
from edgesdk.cli.bench_errors_view import as_csv, as_text
from edgesdk.error_study import ErrorRow, ErrorTable, Range

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
    done = bench("--errors=1e-3", "--seeds", "1", "--tokens", "8", "--plot", "p.png", "--csv")
    header, *rows = csv.reader(done.splitlines())
    assert header[:2] == ["rate", "correction"]
    assert [row[1] for row in rows] == ["none", "exact"]
    assert (user_folder / "p.png").read_bytes().startswith(b"\x89PNG")
    bench("--errors=1e-3", "--seeds", "1", "--tokens", "8", "--plot", "no/p.png", code=2)
    assert "EDGE-02277" in bench("--errors=1e-3", "--tokens", "2", "--plot", "p.txt", code=2)


def test_errors_alone_are_the_usual_rates() -> None:
    assert len(USUAL.split(",")) == 7


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


def test_what_has_no_probability_is_said() -> None:
    nothing = Range(float("inf"), float("inf"), float("inf"))
    row = ErrorRow(0.5, "none", Range(9, 10, 11), Range(0, 0, 0), nothing, {"flipped_bits": 3})
    table = ErrorTable((row,), 8, 1, 7, 4.5)
    assert "no probability" in as_text(table)
    assert "inf" in as_csv(table)


@pytest.mark.long
def test_correction_keeps_the_perplexity_of_a_real_text(bench: Bench, data: Path) -> None:
    text = str(data / "text" / "tinystories_sample.txt")
    done = json.loads(bench("--errors=1e-3", "--text", text, "--correction", "words", "--json"))
    none, _, words = done["rows"]
    assert words["perplexity"]["mean"] < none["perplexity"]["mean"]
    assert words["perplexity"]["mean"] < 1.05 * done["perplexity"]
