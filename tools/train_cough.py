"""Train the cough cascade: a motion model that wakes a sound model, as boosted trees.

    python tools/synthesise_coughs.py --coughs DIR --sounds DIR --out SET
    python tools/train_cough.py --data SET --out models/cough

``--data`` has the layout of the public set (Zenodo 7562332; ``tools/cough/recordings.py``), which
can be given instead. The last ``--test-subjects`` are kept apart: every choice is made by leaving
out one of the others in turn, and the test subjects are looked at once, at the end. Writes
``imu.json`` and ``audio.json`` (XGBoost), ``cough.json`` (what a device does with them) and
``results.json``. Everything by chance comes from ``--seed``.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import xgboost

sys.path.insert(0, str(Path(__file__).parent))
from cough.cascade import Packed
from cough.description import description
from cough.evaluation import Comparison, rounded
from cough.features import AUDIO, IMU, Detector, fraction_bits
from cough.recordings import Recording, recordings, subjects_of
from cough.selection import Selection, select, used
from cough.thresholds import settle
from cough.training import TRIALS, Recipe, Scores, Trial, fit, mean, score, search
from cough.windows import Windows, extract

from edgesdk.formats.xgboost import read_xgboost
from edgesdk.sensing.forest_pack import pack
from edgesdk.sensing.forest_proof import prove


def main() -> None:
    """Parse the command line, train both models, then look at the test subjects."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of SUBJECT folders")
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--test-subjects", type=int, default=3)
    parser.add_argument("--trials", type=int, default=TRIALS, help="recipes to try for each model")
    parser.add_argument("--seed", type=int, default=Recipe.seed)
    options = parser.parse_args()
    learning, held = split(options.data, options.test_subjects)
    options.out.mkdir(parents=True, exist_ok=True)
    takes = list(recordings(options.data, learning))
    test = list(recordings(options.data, held))
    trained = [train(detector, takes, test, options) for detector in (IMU, AUDIO)]
    results: dict[str, object] = {
        "train": summary(takes),
        "test": summary(test),
        **{each.windows.detector.name: each.report for each in trained},
        "events_left_out": left_out(takes, trained),
        "events_test": compared(test, [each.packed for each in trained]),
    }
    tell({name: results[name] for name in ("events_left_out", "events_test")})
    write(options.out / "cough.json", description(*(each.windows.names for each in trained)))
    write(options.out / "results.json", results)


def split(data: Path, held: int) -> tuple[list[str], list[str]]:
    """The subjects to learn from, and the last ones, which are kept apart."""
    subjects = subjects_of(data)
    if not 1 <= held <= len(subjects) - 2:
        raise SystemExit(
            f"{data} has {len(subjects)} subjects: one or more to test on, two or more to train on"
        )
    return subjects[:-held], subjects[-held:]


def summary(takes: list[Recording]) -> dict[str, object]:
    """What a part of the data set is."""
    return {
        "subjects": sorted({take.subject for take in takes}),
        "takes": len(takes),
        "hours": round(sum(take.seconds for take in takes) / 3600, 3),
        "coughs": sum(len(take.coughs) for take in takes),
    }


@dataclass(frozen=True)
class Trained:
    """A model, what it learnt from, and what is to be said of it."""

    packed: Packed
    windows: Windows
    recipe: Recipe
    report: dict[str, object]


def train(
    detector: Detector, takes: list[Recording], test: list[Recording], options: argparse.Namespace
) -> Trained:
    """One model from its windows to its bytes."""
    begun = time.perf_counter()
    everything = extract(detector, takes, detector.candidates)
    clock(detector, "windows", begun)
    selection = select(everything, Recipe(seed=options.seed))
    clock(detector, "features chosen", begun)
    found, tried = search(everything.only(selection.names), options.trials, options.seed)
    windows = everything.only(used(everything.only(selection.names), found.recipe))
    path = options.out / f"{detector.name}.json"
    fit(windows, found.recipe).save_model(path)
    settle(path, windows)
    clock(detector, "trained", begun)
    packed, proof = prove_packed(detector, path, windows)
    held = extract(detector, test, windows.names)
    report = {
        "windows": counted(windows),
        "test_windows": counted(held),
        "features": list(windows.names),
        "scratch_bytes": detector.features(windows.names).scratch,
        **selected(everything, selection),
        **searched(found, tried),
        "auc_test": areas(xgboost.Booster(model_file=path), held),
        "packed": proof,
    }
    tell({detector.name: {name: report[name] for name in ("recipe", "auc_test", "packed")}})
    return Trained(packed, windows, found.recipe, report)


def prove_packed(
    detector: Detector, path: Path, windows: Windows
) -> tuple[Packed, dict[str, object]]:
    """The model as a device has it. Every split decides on every window as the file's does, though
    the packer has not seen the windows: nor has it when somebody compiles the file later."""
    model = read_xgboost(path)
    bits = fraction_bits(windows.names)
    forest = pack(model, bits)
    proof = prove(forest, model, windows.values, bits)
    return Packed(detector, model, forest), {"bytes": len(forest.content), **asdict(proof)}


def left_out(takes: list[Recording], trained: list[Trained]) -> dict[str, object]:
    """Events of each training subject, found by models that learnt from the others.

    The features and the recipe were chosen with all of them, so that it flatters a little.
    """
    found = Comparison(curve={})
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        for one in subjects_in(trained[0].windows):
            models = [without_one(each, one, path) for each in trained]
            found.add((take for take in takes if take.subject == one), models)
    return found.summary()


def without_one(trained: Trained, subject: str, path: Path) -> Packed:
    """The same model, but for what it would have learnt from a subject."""
    others = set(subjects_in(trained.windows)) - {subject}
    windows = trained.windows.of(others)
    fit(windows, trained.recipe).save_model(path)
    model, bits = read_xgboost(path), fraction_bits(windows.names)
    return Packed(windows.detector, model, pack(model, bits, windows.values))


def compared(takes: list[Recording], models: list[Packed]) -> dict[str, object]:
    """Both ways of listening, and the curve over the motion model's threshold."""
    found = Comparison()
    found.add(takes, models)
    return found.summary()


def counted(windows: Windows) -> dict[str, int]:
    """How many windows there are, and how many of them are coughs."""
    return {"all": len(windows.labels), "coughs": int(windows.labels.sum())}


def subjects_in(windows: Windows) -> list[str]:
    """In their order."""
    return sorted(set(windows.subjects.tolist()))


def areas(model: xgboost.Booster, windows: Windows) -> dict[str, float | None]:
    """The area under the curve of each subject's windows."""
    return {one: rounded(score(model, windows.of([one]))[1]) for one in subjects_in(windows)}


def selected(windows: Windows, selection: Selection) -> dict[str, object]:
    """How many features are kept, and means of subjects left out for each number of them."""
    chosen = selection.curve[len(selection.names)][:, 1].tolist()
    return {
        "selected": len(selection.names),
        "loss_with_and_without": {
            kinds: [rounded(loss, 4) for loss in losses]
            for kinds, losses in selection.costly.items()
        },
        "selection_curve": [{"features": n, **means(s)} for n, s in selection.curve.items()],
        "auc_left_out": dict(zip(subjects_in(windows), map(rounded, chosen), strict=True)),
    }


def means(scores: Scores) -> dict[str, float | None]:
    """Of subjects left out."""
    loss, area = mean(scores)
    return {"loss": rounded(loss, 4), "auc": rounded(area, 4)}


def searched(found: Trial, tried: list[Trial]) -> dict[str, object]:
    """The recipe and what it reaches, beside the one with the least loss."""
    best = min(tried, key=lambda trial: mean(trial.scores)[0])
    return {
        "recipe": asdict(found.recipe),
        "search": {"leaves": found.leaves, **means(found.scores)},
        "best_of_search": {"leaves": best.leaves, **means(best.scores)},
    }


def clock(detector: Detector, what: str, begun: float) -> None:
    """Tell a person how far it is."""
    seconds = time.perf_counter() - begun
    print(f"{detector.name}: {what} after {seconds:.0f} s", file=sys.stderr, flush=True)


def tell(found: object) -> None:
    """Print a part of the results."""
    print(json.dumps(found, indent=1), flush=True)


def write(path: Path, content: object) -> None:
    """As JSON that a person can read."""
    path.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
