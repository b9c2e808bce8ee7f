"""``edgesdk bench --report``: one page, whole by itself, that says all of the record."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from edgesdk.bench import BenchRecord, Figure, Measured
from edgesdk.cli.bench.charts import Axis
from edgesdk.cli.bench.page import page
from edgesdk.cli.bench.report import commands
from edgesdk.errors import DoesNotFit

from .conftest import Edge

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
HOSTILE = '<script>alert("1")</script>&amp;\x07\'"'


class Reader(HTMLParser):
    """What a page holds: its elements, texts, and the values of its figures."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def check(text: str) -> Reader:
    """Well formed, and nothing in it leads anywhere or runs."""
    found = Reader(text)
    assert found.open == []
    assert not {tag for tag, _ in found.tags} & {"script", "link", "img", "iframe", "object"}
    for _, attributes in found.tags:
        assert not {"src", "href", "xlink:href", "style"} & set(attributes)
        assert not any(name.startswith("on") for name in attributes)
    assert not re.search(r"https?:|url\(|@import", text)
    return found


def figures(record: dict[str, Any]) -> set[str]:
    """The values of a record's figures, as Python writes them."""
    return {
        repr(figure["value"])
        for result in record["results"]
        for figure in result["figures"].values()
        if figure["value"] is not None
    }


@pytest.fixture
def made(edge: Edge, bundle: Path) -> tuple[str, dict[str, Any]]:
    devices = ("-d", "cpu:", "-d", "cpu:?threads=1")
    few = ("--runs", "5", "--warmup", "1")
    done = edge("bench", bundle, *devices, *few, "--report", "page.html", "--json")
    assert done.code == 0, done.err
    return Path("page.html").read_text("utf-8"), done.json


def test_the_page_holds_every_figure_and_leads_nowhere(made: tuple[str, dict[str, Any]]) -> None:
    text, record = made
    found = check(text)
    assert "�" not in text
    values = {a["value"] for tag, a in found.tags if tag == "data"}
    assert values == figures(record)
    shown = " ".join(found.texts)
    for result in record["results"]:
        for name, figure in result["figures"].items():
            assert name in shown
            assert figure["how"] in shown
    embedded = json.loads(found.texts[found.texts.index("as JSON") + 1])
    assert embedded == {k: v for k, v in record.items() if k not in ("v", "ok")}


def test_the_commands_repeat_it(edge: Edge, made: tuple[str, dict[str, Any]]) -> None:
    text, record = made
    lines = [line for t in check(text).texts for line in t.splitlines()]
    commands = [line.split()[1:] for line in lines if line.startswith("edgesdk ")]
    compiled, measured = (c for c in commands if c[0] in ("compile", "bench"))
    assert edge(*compiled).code == 0
    again = edge(*(word.strip("'") for word in measured), "--json").json
    assert again["settings"] == record["settings"]
    assert [r["device"] for r in again["results"]] == [r["device"] for r in record["results"]]


def hostile() -> BenchRecord:
    """A record whose texts are all attacks, and whose numbers are odd."""
    found = {
        HOSTILE: Figure(1e-300, HOSTILE, "modelled", HOSTILE, (0.0, 1e300)),
        "device_decode_rate": Figure(0, "tokens/s", "counted", HOSTILE),
        "device_latency": Figure(float("inf"), "s", "measured", HOSTILE),
        "energy": Figure(None, "J", "not measured", HOSTILE),
    }
    one = Measured(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, found, True, HOSTILE, 1)
    one = replace(one, made_from={HOSTILE: HOSTILE, "file": HOSTILE})
    settings = {"runs": 1, "warmup": 0, "seconds": 1.0, "interleaved": False}
    return BenchRecord(settings, (one,), {"edgesdk": HOSTILE})


def test_every_text_is_escaped() -> None:
    text = page(hostile(), [HOSTILE], HOSTILE)
    found = check(text)
    assert "\x07" not in text
    assert any(HOSTILE.replace("\x07", "�") in shown for shown in found.texts)


@pytest.mark.parametrize("values", [[], [0.0], [1.0, 2.0], [1e-9, 1e9], [5.0] * 3], ids=str)
@pytest.mark.parametrize("unit", ["s", "B"])
def test_an_axis_has_room_for_all_of_it(values: list[float], unit: str) -> None:
    axis = Axis(values, unit)
    assert all(0 <= axis.percent(value) <= 100 for value in values)
    assert 1 <= len(axis.ticks()) <= 6
    assert axis.ticks() == sorted(axis.ticks())
    assert axis.percent(0.0) <= axis.percent(max(values, default=1.0))


ODD = ("folder.html", "circle.html", "pipe.html", "dangling.html", f"{'a' * 300}.html")


@pytest.mark.parametrize("name", ["page.txt", "nowhere/page.html", ".", *ODD])
def test_what_cannot_be_written_is_said_before_anything_is_measured(edge: Edge, name: str) -> None:
    Path("folder.html").mkdir()
    Path("circle.html").symlink_to("circle.html")
    Path("dangling.html").symlink_to("nowhere/page.html")
    os.mkfifo("pipe.html")
    done = edge("bench", "no-such-model", "-d", "cpu:", "--report", name)
    assert done.code == 2
    assert "EDGE-02307" in done.err


def test_the_table_is_not_lost_with_the_page(
    edge: Edge, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fills while it measures."""

    def full(path: Path) -> None:
        raise DoesNotFit("The disk is full", code=40)

    monkeypatch.setattr("edgesdk.cli.bench.report.replacing", full)
    options = ("-d", "cpu:", "--runs", "2", "--report", "page.html")
    done = edge("bench", bundle, *options)
    assert (done.code, "latency_p50" in done.out) == (9, True)
    told = edge("bench", bundle, *options, "--json").json
    assert (told["ok"], told["error"]["id"], len(told["results"])) == (False, "EDGE-0940", 1)
    assert not Path("page.html").exists()


def test_a_time_is_repeated_with_all_its_digits() -> None:
    asked = {"seconds": 1234567.5, "runs": 3, "prompt": ("-x", "a b")}
    [line] = commands(["m"], ["cpu:"], asked, hostile())
    assert line.endswith("--seconds 1234567.5 --runs 3 --prompt -x --prompt 'a b'")


@pytest.mark.skipif(CHROMIUM is None, reason="not here: chromium")
@pytest.mark.parametrize("made_by", ["bench", "attacks"])
def test_a_browser_finds_nothing_wrong(
    made: tuple[str, dict[str, Any]], made_by: str, tmp_path: Path
) -> None:
    """It says on its own log what a page's policy, scripts and style do wrong."""
    path = tmp_path / "page.html"
    path.write_text(made[0] if made_by == "bench" else page(hostile(), [HOSTILE], HOSTILE), "utf-8")
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"]
    flags += ["--v=0", f"--user-data-dir={tmp_path / 'browser'}", "--virtual-time-budget=1000"]
    done = subprocess.run(
        [str(CHROMIUM), *flags, "--dump-dom", path.as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "CONSOLE" not in done.stderr
    assert done.stdout.count("<section>") >= 4
