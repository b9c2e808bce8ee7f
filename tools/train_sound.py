"""Train the sound classifier on an ESC-10 style folder, and export it to ONNX.

    python tools/train_sound.py --data $EDGESDK_DATA/esc10 --out models/sound

trains on folds 1 to 4 and writes ``sound.onnx``. With ``--cross-validate`` it instead trains once
per fold on the others, scores the fold, scores k-NN and a random forest by the same folds, prints
the table and writes ``results.json``. No choice of any kind looks at the fold that is held out.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent))
from sound import baselines, data
from sound.export import export
from sound.features import view_features
from sound.model import parameters
from sound.train import Recipe, fit, probabilities

FOLDS = [1, 2, 3, 4]
JOBS = 2  # folds at a time, each on one thread: sums then have one order on every machine


def main() -> None:
    """Parse the command line, then train or cross-validate."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with meta.csv and audio")
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--version", default="1.0.0", help="version written into the model")
    parser.add_argument("--seed", type=int, default=Recipe.seed)
    parser.add_argument("--cross-validate", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    options.out.mkdir(parents=True, exist_ok=True)
    clips = data.load(options.data, FOLDS)
    views = view_features(clips.audio)
    recipe = Recipe(seed=options.seed)
    if options.cross_validate:
        cross_validate(clips, views, recipe, options.out / "results.json")
    else:
        train(clips, views, recipe, options.version, options.out / "sound.onnx")


def train(clips: data.Clips, views: np.ndarray, recipe: Recipe, version: str, path: Path) -> None:
    """Train on every clip and write the model."""
    start = time.perf_counter()
    encoder = fit(torch.from_numpy(views), torch.from_numpy(clips.targets), recipe)
    seconds = time.perf_counter() - start
    export(encoder, clips.labels, version, path)
    print(f"{path}: {parameters(encoder)} parameters, trained in {seconds:.0f} s")


def cross_validate(clips: data.Clips, views: np.ndarray, recipe: Recipe, path: Path) -> None:
    """Hold out each fold in turn; print and write the table."""
    rows = []
    with ProcessPoolExecutor(JOBS, multiprocessing.get_context("fork")) as pool:
        for row in pool.map(partial(score_fold, clips, views, recipe), FOLDS):
            rows.append(row)
            print(json.dumps(row), flush=True)
    names = list(rows[0]["accuracy"])
    means = {name: float(np.mean([row["accuracy"][name] for row in rows])) for name in names}
    right = np.sum([row["right"] for row in rows], axis=0)
    total = np.sum([row["total"] for row in rows], axis=0)
    classes = dict(zip(clips.labels, (100.0 * right / total).tolist(), strict=True))
    print_table(rows, means, classes)
    results = {"seed": recipe.seed, "folds": rows, "mean": means, "class_accuracy": classes}
    path.write_text(json.dumps(results, indent=1) + "\n")


def score_fold(clips: data.Clips, views: np.ndarray, recipe: Recipe, fold: int) -> dict:
    """Train on the other folds; accuracies in percent on this one, and right answers per class."""
    held = clips.folds == fold
    start = time.perf_counter()
    others = torch.from_numpy(views[~held]), torch.from_numpy(clips.targets[~held])
    encoder = fit(*others, recipe)
    seconds = time.perf_counter() - start
    found = probabilities(encoder, torch.from_numpy(views[held][:, 0])).argmax(-1).numpy()
    wanted = clips.targets[held]
    count = len(clips.labels)
    accuracy = {"encoder": 100.0 * float(np.mean(found == wanted))}
    accuracy |= baselines.score(views[:, 0], clips.targets, held, recipe.seed)
    return {
        "fold": fold,
        "seconds": round(seconds),
        "accuracy": accuracy,
        "right": np.bincount(wanted[found == wanted], minlength=count).tolist(),
        "total": np.bincount(wanted, minlength=count).tolist(),
    }


def print_table(rows: list[dict], means: dict[str, float], classes: dict[str, float]) -> None:
    """The accuracies per fold, then the encoder's per class, in percent."""
    print("| model | " + " | ".join(f"fold {row['fold']}" for row in rows) + " | mean |")
    print("|---" * (len(rows) + 2) + "|")
    for name, mean in means.items():
        cells = " | ".join(f"{row['accuracy'][name]:.1f}" for row in rows)
        print(f"| {name} | {cells} | {mean:.1f} |")
    print(", ".join(f"{name} {value:.0f}" for name, value in classes.items()))


if __name__ == "__main__":
    main()
