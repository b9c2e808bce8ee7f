"""``edgesdk predict --sweep`` as its users meet it, with right and with wrong input."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.waiting import until

from .conftest import COMMAND, Edge

BASE = ("predict", "llama-2-7b", "--device", "emu:nand?preset=cambricon-s")
SMALL = (*BASE, "--sweep", "channels=4..16", "--sweep", "weights=w8a8,w4a16")
MANY = (
    *BASE,
    "--sweep",
    "channels=1..100:1",
    "--sweep",
    "chips=1..100:1",
    "--sweep",
    "dies=1..8:1",
)


def test_the_front_as_a_table(edge: Edge) -> None:
    done = edge(*SMALL)
    assert done.code == 0, done.err
    title, _, header, *rest = done.out.splitlines()
    assert title.startswith("llama-2-7b on nand:cambricon-s, decode after 1000")
    assert "modelled" in title
    assert header.split()[:2] == ["CHANNELS", "WEIGHTS"]
    assert rest[0].split()[:2] == ["16", "w4a16"]
    assert "of 6 designs are on the front of tokens_per_second (more)" in done.out
    assert "6 designs: 3 of channels x 2 of weights" in done.err


def test_all_designs_and_a_limit(edge: Edge) -> None:
    done = edge(*SMALL, "--all")
    assert sum("front" in line for line in done.out.splitlines()[3:-1]) >= 1
    assert (
        len([line for line in done.out.splitlines() if " w8a8 " in line or " w4a16 " in line]) == 6
    )
    short = edge(*SMALL, "--all", "--limit", "2")
    assert "4 more are not shown: --limit 0 shows all" in short.out


def test_json(edge: Edge) -> None:
    found = edge(*SMALL, "--all", "--json", "--objective", "tokens_per_second").json["sweep"]
    assert (found["count"], found["feasible"], found["context"]) == (6, 6, 1000)
    assert found["axes"] == {"channels": ["4", "8", "16"], "weights": ["w8a8", "w4a16"]}
    (best,) = found["front"]
    assert (best["channels"], best["weights"]) == ("16", "w4a16")
    assert best["area_mm2"] is None
    assert best == found["designs"][0]
    rates = [design["tokens_per_second"] for design in found["designs"]]
    assert rates == sorted(rates, reverse=True)
    by_name = {item["name"]: item for item in found["objectives"]}
    assert [name for name, item in by_name.items() if item["compared"]] == ["tokens_per_second"]
    assert by_name["joules_per_token"]["better"] == "less"


def test_csv_has_all_designs(edge: Edge, home: Path) -> None:
    assert edge(*SMALL, "--csv", "designs.csv").code == 0
    with (home / "designs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    front = [row for row in rows if row["front"] == "yes"]
    assert front[0] == rows[0]
    assert float(rows[0]["tokens_per_second"]) > float(rows[-1]["tokens_per_second"])
    assert rows[0]["area_mm2"] == ""


def test_what_differs_is_not_said_of_all(edge: Edge) -> None:
    done = edge(*BASE, "--sweep", "preset=cambricon-l,aif", "--sweep", "context=10,20")
    assert done.out.startswith("llama-2-7b on nand, weights=w8a8, kv=grouped, modelled")
    found = edge(*BASE, "--sweep", "context=10,20", "--json").json["sweep"]
    assert (found["target"], found["context"]) == ("nand:cambricon-s", None)


def test_one_design_is_no_designs(edge: Edge) -> None:
    done = edge(*BASE, "--sweep", "channels=8")
    assert "1 design: 1 of channels" in done.err
    assert "1 of 1 design is on the front" in done.out
    assert "The design cannot be" in edge(*BASE, "--sweep", "planes=1").err


def test_figures_end_below_one_another(edge: Edge) -> None:
    _, _, header, *rows = edge(*SMALL, "--all").out.splitlines()[:9]
    end = header.index("TOKENS PER SECOND") + len("TOKENS PER SECOND")
    assert len(rows) == 6
    assert all(row[end - 1].isdigit() and row[end : end + 2] == "  " for row in rows)


def test_a_mistake_is_told_before_how_many_designs(edge: Edge) -> None:
    done = edge(*BASE, "--sweep", "chanels=1,2")
    assert "EDGE-02253" in done.err
    assert "designs" not in done.err.splitlines()[0]


@pytest.mark.parametrize("name", ["plot.png", "plot.svg"])
def test_plot(edge: Edge, home: Path, name: str) -> None:
    pytest.importorskip("matplotlib", reason="the extra report is not installed")
    done = edge(*SMALL, "--plot", name)
    assert done.code == 0, done.err
    start = (home / name).read_bytes()[:100]
    assert start.startswith(b"\x89PNG") or b"<?xml" in start


def test_the_plot_of_one_objective(edge: Edge, home: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra report is not installed")
    done = edge(*SMALL, "--plot", "plot.png", "--objective", "joules_per_token")
    assert done.code == 0, done.err
    assert (home / "plot.png").exists()


def test_without_matplotlib(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    done = edge(*SMALL, "--plot", "plot.png", "--json")
    assert done.json["error"]["id"] == "EDGE-0205"
    assert "edgesdk[report]" in done.json["error"]["next"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--sweep", "chanels=8..64"), "EDGE-02253"),
        (("--sweep", "channels=64..8"), "EDGE-02246"),
        (("--sweep", "channels"), "EDGE-02246"),
        (("--sweep", "channels=1..1000:1", "--sweep", "read_us=1..1000:0.001"), "EDGE-02247"),
        (("--sweep", "channels=8,16", "--objective", "speed"), "EDGE-02249"),
        (("--sweep", "channels=8,16", "--objective", "area_mm2"), "EDGE-02249"),
        (("--sweep", "blocks=4,8"), "EDGE-02252"),
        (("--sweep", "channels=8,16", "--option", "channels=4"), "EDGE-02253"),
        (("--sweep", "channels=8,16", "--plot", "plot.txt"), "EDGE-02254"),
        (("--sweep", "channels=8,16", "--plot", "a.png", "--csv", "a.png"), "EDGE-02254"),
        (("--sweep", "channels=8,16", "--csv", "nowhere/a.csv"), "EDGE-0249"),
        (("--sweep", "channels=8,16", "--csv", "."), "EDGE-0249"),
        (("--sweep", "channels=8,16", "--context", "5", "--context", "6"), "EDGE-02254"),
        (("--sweep", "channels=8,16", "--context", "4096"), "EDGE-02191"),
        (("--sweep", "channels=8,16", "--jobs", "0"), "EDGE-0201"),
        (("--sweep", "channels=8,16", "--jobs", "2", "--dask", "tcp://a:1"), "EDGE-02254"),
        (("--csv", "a.csv"), "EDGE-02254"),
        (("--all",), "EDGE-02254"),
        (("--pareto",), "EDGE-02254"),
        (("--dask", "tcp://127.0.0.1:8786"), "EDGE-02254"),
        (("--dask", ""), "EDGE-02254"),
        (("--sweep", "channels=8,16", "--dask", ""), "EDGE-02254"),
        (("--sweep", "channels=8,16", "--csv", "-"), "EDGE-02254"),
        (("--sweep", "channels=8,16", "--plot", "."), "EDGE-02254"),
        (("--sweep", "context=10,20", "--context", "5"), "EDGE-02254"),
        (("--sweep", "channels=8,08"), "EDGE-02253"),
    ],
)
def test_wrong_input(edge: Edge, home: Path, arguments: tuple[str, ...], error: str) -> None:
    done = edge(*BASE, *arguments, "--json")
    assert done.code == 2
    assert done.json["error"]["id"] == error
    assert list(home.iterdir()) == []


def test_a_target_that_cannot_be_swept(edge: Edge) -> None:
    done = edge("predict", "bitnet-2b4t", "-t", "fpga:kv260", "--sweep", "clock=100..300")
    assert done.code == 2
    assert "EDGE-02248" in done.err
    assert "nand:" in done.err


def test_designs_that_cannot_be_are_told(edge: Edge) -> None:
    done = edge(*BASE, "--sweep", "planes=1,2", "--json")
    assert done.code == 0
    (refused,) = done.json["sweep"]["refused"]
    assert (refused["id"], refused["count"], refused["first"]) == ("EDGE-02224", 1, {"planes": "1"})
    assert "1 of 2 designs cannot be, such as planes=1" in done.err


def start() -> subprocess.Popen[str]:
    """A sweep that takes minutes, in a session of its own, so that we see all its processes."""
    process = subprocess.Popen(
        [*COMMAND, *MANY, "--jobs", "2"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    assert "80,000 designs" in process.stderr.readline()
    return process


def is_gone(group: int) -> bool:
    """Whether no process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.skipif(os.name != "posix", reason="signals to a group of processes are POSIX's")
@pytest.mark.parametrize("after", [0.0, 0.8])
def test_ctrl_c(home: Path, after: float) -> None:
    """A terminal sends it to all processes: one of them says so, and none is left."""
    process = start()
    time.sleep(after)
    os.killpg(process.pid, signal.SIGINT)
    _, words = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "EDGE-1301" in words
    assert "Traceback" not in words
    until(lambda: is_gone(process.pid))


@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="signals to a group of processes are POSIX's")
def test_a_killed_sweep_leaves_no_process(home: Path) -> None:
    process = start()
    time.sleep(1.2)
    process.kill()
    process.wait(timeout=10)
    until(lambda: is_gone(process.pid))
    assert process.stderr is not None
    process.stderr.close()
