"""``edgesdk predict`` for a device's address, with a time line, and beside a sweep.

A small backend of its own stands in for the real ones, so that what the command does is seen apart
from what they answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from edgesdk import registry
from edgesdk.address import Address
from edgesdk.cli import program
from edgesdk.errors import UsageError
from edgesdk.predict import (
    Band,
    Occupancy,
    Phase,
    Prediction,
    Quantity,
    Question,
    Term,
)
from edgesdk.predict.target import Target

ADDRESS = "emu:pencil?preset=soft&grade=4"


class Silent:
    """A backend that predicts nothing."""

    name = "silent"
    schemes: tuple[str, ...] = ("emu:silent",)
    targets: tuple[str, ...] = ("silent",)


class Chalk(Silent):
    """A backend that answers with what it was asked."""

    name = "chalk"
    schemes = ("emu:chalk",)
    targets = ("chalk:",)

    def predict(self, question: Question) -> Prediction:
        term = Term("writing", Band(0.5, 1.0, 2.0), "hand", "assumed")
        busy = Occupancy("hand", 0.75, {"thinking": 0.2, "sharpening": 0.049, "asleep": 0.001})
        phases = tuple(
            Phase(
                "decode",
                at,
                (term,),
                4.0,
                "one hand",
                occupancy=(busy,),
                quantities=(Quantity("graphite", 1234.5, "mg", "counted"),),
            )
            for at in question.contexts
        )
        wear = Quantity("strokes to the end", 2.5e6, "", "assumed")
        return Prediction(
            question.subject.name, question.target, question.options, phases, (), quantities=(wear,)
        )

    def prediction_target(self, address: Address) -> Target:
        options = dict(address.options)
        if "preset" not in options:
            raise UsageError("Which one?", code=9)
        apart = ("owner",) if options.pop("owner", "") else ()
        return Target(f"{self.name}:{options.pop('preset')}", options, apart)


class Pencil(Chalk):
    """One that also has a time line."""

    name = "pencil"
    schemes = ("emu:pencil",)
    targets = ("pencil:",)

    def trace(self, question: Question) -> Mapping[str, Any]:
        return {"traceEvents": [{"name": question.target, "ph": "X", "ts": 0, "dur": 1}]}


@pytest.fixture(autouse=True)
def _pencils(user_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: tuple[Any, ...] = (Pencil(), Chalk(), Silent())
    loaded = tuple(registry.LoadedBackend(item.name, "test", item) for item in made)
    monkeypatch.setattr(registry, "_load", lambda: (loaded, ()))


def run(*arguments: str) -> Result:
    done = CliRunner().invoke(program, ["predict", "llama-2-7b", *arguments])
    assert "Traceback" not in done.stderr
    return done


def refused(*arguments: str) -> str:
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    return done.stderr


def prediction(*arguments: str) -> dict[str, Any]:
    done = run(*arguments, "--json", "-q")
    assert done.exit_code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)["prediction"]
    return found


def test_an_address_stands_for_a_target_and_options() -> None:
    found = prediction("--device", ADDRESS, "--context", "1000")
    assert (found["target"], found["settings"]) == ("pencil:soft", {"grade": "4"})
    assert [phase["at"] for phase in found["phases"]] == [1000]


def test_what_a_prediction_does_not_depend_on_is_told() -> None:
    done = run("--device", f"{ADDRESS}&owner=me")
    assert done.stderr == "note: of the address, a prediction does not depend on owner\n"
    assert "note" not in run("--device", ADDRESS).stderr


def test_options_add_to_the_address() -> None:
    found = prediction("-d", ADDRESS, "--option", "length=7", "--option", "grade=4")
    assert found["settings"] == {"grade": "4", "length": "7"}


def test_a_device_may_have_a_name(tmp_path: Path) -> None:
    (tmp_path / "edgesdk.toml").write_text(f'[device.mine]\naddress = "{ADDRESS}"\n')
    assert prediction("-d", "mine")["target"] == "pencil:soft"


def test_a_configured_device_does_not_stand_against_a_target(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EDGESDK_DEVICE", ADDRESS)
    assert prediction("-t", "pencil:hard")["target"] == "pencil:hard"
    assert "[EDGE-02194]" in refused()


@pytest.mark.parametrize(
    ("arguments", "identity"),
    [
        (("-d", ADDRESS, "-t", "pencil:soft"), "EDGE-02228"),
        (("-d", ADDRESS, "--option", "grade=5"), "EDGE-02229"),
        (("-d", "emu:silent"), "EDGE-02230"),
        (("-d", "emu:crayon"), "EDGE-0212"),
        (("-d", "crayon"), "EDGE-0214"),
        (("-d", "emu:pencil?grade"), "EDGE-0206"),
        (("-d", "emu:pencil"), "EDGE-0209"),
        (("-t", "silent"), "EDGE-02190"),
        (("-d", ADDRESS, "--context", "4096"), "EDGE-02191"),
        (("-d", ADDRESS, "--sweep", "grade=1..4", "--prompt", "5"), "EDGE-02231"),
        (("-d", ADDRESS, "--sweep", "grade=1..4", "--trace", "t.json"), "EDGE-02231"),
        (("-d", ADDRESS, "--sweep", "grade=1..4", "--details"), "EDGE-02231"),
    ],
)
def test_refusals(arguments: tuple[str, ...], identity: str) -> None:
    assert f"[{identity}]" in refused(*arguments)


def test_a_conflict_names_both_values() -> None:
    assert "'4' in the device's address, and '5' in --option" in refused(
        "-d", ADDRESS, "--option", "grade=5"
    )


def test_what_is_shown_of_who_works_and_of_other_finds() -> None:
    shown = run("-d", ADDRESS, "--context", "9", "--details").stdout
    assert "75%   20% thinking, 5% sharpening\n" in shown
    assert "asleep" not in shown
    assert "graphite        1,234 mg  counted" in shown
    assert "strokes to the end  2,500,000  assumed" in shown


def test_the_answer_is_short_and_says_how_to_see_the_rest() -> None:
    shown = run("-d", ADDRESS, "--context", "9").stdout
    assert "decode after 9" in shown
    assert "writing" in shown
    for more in ("thinking", "graphite", "strokes"):
        assert more not in shown
    assert shown.splitlines()[-1].startswith("--details shows ")


def test_a_time_line(tmp_path: Path) -> None:
    done = run("-d", ADDRESS, "--trace", "line.json")
    assert done.exit_code == 0
    assert "line.json" in done.stderr
    events = json.loads((tmp_path / "line.json").read_text())["traceEvents"]
    assert events[0]["name"] == "pencil:soft"


def test_a_time_line_replaces_a_file_and_no_folder(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("old")
    assert run("-d", ADDRESS, "--trace", "old.json").exit_code == 0
    assert "traceEvents" in (tmp_path / "old.json").read_text()
    (tmp_path / "folder").mkdir()
    assert "[EDGE-0249]" in refused("-d", ADDRESS, "--trace", "folder")
    assert "[EDGE-0249]" in refused("-d", ADDRESS, "--trace", "nowhere/line.json")
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".partial"] == []


def test_a_backend_without_a_time_line(tmp_path: Path) -> None:
    assert "[EDGE-02232]" in refused("-d", "emu:chalk?preset=soft", "--trace", "line.json")
    assert not (tmp_path / "line.json").exists()
