"""What the motion model saves: instructions counted on the emulated board, energy from a model.

    python tools/cough_energy.py --data SET --model models/cough [--takes 12] [--plot curve.png]

Deploys the cascade, the sound model alone and the motion model alone to an emulated nRF5340, feeds
each the same take of the last subject, and counts instructions for each second of signal. What one
window of each model costs gives the cost of any threshold of the motion model, whose score is
computed on this machine over ``--takes`` takes. Energy is modelled (``edgesdk/sensing/energy.py``):
bands, with every assumption printed; nothing of it was measured. The set may be the synthetic one:
then its scores say nothing about people.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import edgesdk
from edgesdk import toml
from edgesdk.formats.xgboost import read_xgboost
from edgesdk.sensing.energy import Band, EnergyData, Power, power, read_energy, saved
from edgesdk.sensing.forest_pack import pack

sys.path.insert(0, str(Path(__file__).parent))
from cough.cascade import Packed
from cough.evaluation import Comparison, Tally
from cough.features import AUDIO, IMU, fraction_bits
from cough.recordings import Recording, recordings, subjects_of

BOARD = Path(__file__).parent.parent / "backends" / "mcu" / "boards" / "nrf5340.toml"
SENSORS = {"audio only": ["microphone"], "motion only": ["imu"], "cascade": ["microphone", "imu"]}


@dataclass(frozen=True)
class Counted:
    """Of one way of listening, on the emulated board: instructions a second, windows by stage."""

    work: float
    windows: dict[str, int]
    seconds: float
    arena: int
    flash: int


def main() -> None:
    """Count, model, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--takes", type=int, default=12)
    parser.add_argument("--out", type=Path, help="write the numbers as JSON")
    parser.add_argument("--plot", type=Path, help="draw the curve (pip install 'edgesdk[report]')")
    options = parser.parse_args()
    takes = list(recordings(options.data, subjects_of(options.data)[-1:]))
    counted = dict(count(options.model, takes[0]))
    energy = read_energy(toml.loads(BOARD.read_text())["energy"], 128e6)
    powers = {name: power(energy, each.work, SENSORS[name]) for name, each in counted.items()}
    print(table(counted, powers, energy))
    points = curve(options.model, takes[:: max(1, len(takes) // options.takes)], counted, energy)
    print(curve_table(points))
    if options.out:
        options.out.write_text(json.dumps(document(counted, powers, points, energy), indent=1))
    if options.plot:
        draw(points, options.plot)


def count(model: Path, take: Recording) -> Iterator[tuple[str, Counted]]:
    """Run the three ways on the emulated board."""
    whole = json.loads((model / "cough.json").read_text())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["EDGESDK_CONFIG"] = str(folder / "config")
        for file in model.glob("*.json"):
            (folder / file.name).write_bytes(file.read_bytes())
        for way, stages in (("audio only", ["audio"]), ("motion only", ["imu"]), ("cascade", [])):
            path = folder / "one.json"
            path.write_text(json.dumps(only(whole, stages) if stages else whole))
            yield way, counted_on_board(path, folder, take)


def only(whole: dict[str, Any], stages: list[str]) -> dict[str, Any]:
    """The same description with one stage, a window after the other, and its stream."""
    [stage] = [dict(s) for s in whole["stages"] if s["name"] in stages]
    for key in ("on_hit", "on_miss", "on_limit", "limit"):
        stage.pop(key, None)
    streams = [s for s in whole["streams"] if s["name"] == stage["stream"]]
    events = [e for e in whole["events"] if e["stage"] == stage["name"]]
    return {**whole, "streams": streams, "stages": [stage], "events": events}


def counted_on_board(path: Path, folder: Path, take: Recording) -> Counted:
    """Deploy a description, feed it the take, and read the board's counters."""
    address = f"emu:mcu?state={folder / 'boards'}&replace=yes"
    with edgesdk.connect(address) as device, edgesdk.compile(path, "mcu:cortex-m33") as bundle:
        edgesdk.deploy(bundle, device)
        with device.open(bundle.manifest.name) as session:
            arrays = {"audio": take.audio, "imu": take.imu}
            listening: Any = session
            listening.start({"gender": take.gender} if listening.description.facts else {})
            listening.feed({spec.name: arrays[spec.name] for spec in session.inputs})
            listening.finish()
            figures, status = listening.figures(), listening.status()
    return Counted(
        work=figures["instructions"].value,
        windows={name: stage.windows for name, stage in status.stages.items()},
        seconds=take.seconds,
        arena=int(figures["peak_memory"].value),
        flash=int(figures["flash"].value),
    )


@dataclass(frozen=True)
class Point:
    """A threshold of the motion model: score, cost, and what it saves of sound alone."""

    threshold: float
    f1: float | None
    work: float
    processor_saved: Band
    all_saved: Band


def curve(
    model: Path, takes: list[Recording], counted: dict[str, Counted], energy: EnergyData
) -> list[Point]:
    """Scores by this machine; work by the cost of a window on the board."""
    comparison = Comparison()
    comparison.add(takes, [packed(model, detector) for detector in (IMU, AUDIO)])
    costs = {
        "audio": cost(counted["audio only"], "audio"),
        "imu": cost(counted["motion only"], "imu"),
    }
    alone = power(energy, rate(comparison.alone, costs), SENSORS["audio only"])
    points = []
    for threshold, tally in comparison.curve.items():
        work = rate(tally, costs)
        found = power(energy, work, SENSORS["cascade"])
        points.append(Point(threshold, tally.summary()["f1"], work, *saved(found, alone)))  # type: ignore[arg-type]
    return points


def packed(model: Path, detector: Any) -> Packed:
    """A model as the device has it."""
    trees = read_xgboost(model / f"{detector.name}.json").best()
    forest = pack(trees, fraction_bits(trees.feature_names))
    return Packed(detector, trees, forest)


def cost(counted: Counted, stage: str) -> float:
    """Instructions of one window."""
    return counted.work * counted.seconds / counted.windows[stage]


def rate(tally: Tally, costs: dict[str, float]) -> float:
    """Instructions for each second of signal."""
    return sum(costs[name] * windows for name, windows in tally.windows.items()) / tally.seconds


def table(counted: dict[str, Counted], powers: dict[str, Power], energy: EnergyData) -> str:
    """The three ways, and what everything rests on."""
    lines = ["way          instructions/s  windows              RAM      flash    awake        mW"]
    for name, each in counted.items():
        found = powers[name]
        windows = " ".join(f"{stage} {n}" for stage, n in each.windows.items())
        lines.append(
            f"{name:12} {each.work:14,.0f}  {windows:19}  {each.arena:7,}  {each.flash:7,}  "
            f"{percent(found.awake)}  {found.total[0]:.1f} to {found.total[1]:.1f}"
        )
    processor, everything = saved(powers["cascade"], powers["audio only"])
    lines.append(
        f"saved by the cascade: processor {percent(processor)}, with sensors {percent(everything)}"
    )
    lines.append("modelled, not measured; assumed: " + "; ".join(energy.assumptions()))
    return "\n".join(lines)


def curve_table(points: list[Point]) -> str:
    """Threshold, score, cost, savings."""
    lines = ["threshold    F1  instructions/s  saved: processor  with sensors"]
    lines += [
        f"{p.threshold:9.2f}  {p.f1 or 0:.2f}  {p.work:14,.0f}  {percent(p.processor_saved):>16}  "
        f"{percent(p.all_saved)}"
        for p in points
    ]
    return "\n".join(lines)


def percent(band: Band) -> str:
    """A band of shares."""
    return f"{100 * band[0]:.1f} to {100 * band[1]:.1f} %"


def document(
    counted: dict[str, Counted], powers: dict[str, Power], points: list[Point], energy: EnergyData
) -> dict[str, object]:
    """All of it as JSON."""
    ways = {
        name: {**each.__dict__, "milliwatts": powers[name].total} for name, each in counted.items()
    }
    return {"ways": ways, "curve": [p.__dict__ for p in points], "assumed": energy.assumptions()}


def draw(points: list[Point], path: Path) -> None:
    """Score against what is saved, each threshold a point."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise SystemExit("The plot needs matplotlib: pip install 'edgesdk[report]'") from None
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot()
    low, high = ([100 * p.processor_saved[end] for p in points] for end in (0, 1))
    scores = [p.f1 or 0.0 for p in points]
    axes.fill_betweenx(scores, low, high, alpha=0.2)
    axes.plot([(a + b) / 2 for a, b in zip(low, high, strict=True)], scores, "o-")
    for point, a, b in zip(points, low, high, strict=True):
        axes.annotate(
            f"{point.threshold:g}",
            ((a + b) / 2, point.f1 or 0.0),
            xytext=(3, 5),
            textcoords="offset points",
        )
    axes.set_xlabel("processor energy saved against sound alone, % (modelled)")
    axes.set_ylabel("event F1")
    axes.set_title("Threshold of the motion model")
    figure.savefig(path)


if __name__ == "__main__":
    main()
