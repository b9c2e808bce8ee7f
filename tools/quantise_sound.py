"""Make the int8 form of the sound model by post-training quantisation, and say what it loses.

    python tools/quantise_sound.py --data $EDGESDK_DATA/esc10

reads ``sound.onnx``, writes ``sound_int8.tflite`` beside it and how far the two agree into
``results_int8.json``. With ``--cross-validate`` it instead trains, for each of the folds 1 to 4, a
model on the three others (PyTorch, minutes each), quantises it by them, and scores both forms on
the fold, which neither has seen: the float32 model behind the float32 front end, the int8 model
behind the fixed-point one. The shipped file does not change. ``--trained`` names a folder that
keeps the trained models, and from which they are taken the next time.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from sound import data
from sound.int8 import score
from sound.int8.quantise import calibration, quantise
from synthesise_sounds import SOUNDS, synthesise

FOLDS = [1, 2, 3, 4]
SEEDS = range(10)  # of the synthesised sounds
ROOT = Path(__file__).parents[1]


def main() -> None:
    """Parse the command line, then quantise or cross-validate."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with meta.csv and audio")
    parser.add_argument("--folder", type=Path, default=ROOT / "models" / "sound")
    parser.add_argument("--cross-validate", action="store_true")
    parser.add_argument("--trained", type=Path, help="folder of the folds' float32 models")
    options = parser.parse_args()
    clips = data.load(options.data, FOLDS)
    if not options.cross_validate:
        record(options.folder, {"shipped": ship(clips, options.folder)})
        return
    with tempfile.TemporaryDirectory() as folder:
        trained = options.trained or Path(folder)
        rows = [score_fold(clips, fold, trained / f"fold{fold}.onnx") for fold in FOLDS]
    forms = rows[0]["accuracy"]
    mean = {form: float(np.mean([row["accuracy"][form] for row in rows])) for form in forms}
    print(score.table(rows))
    record(options.folder, {"folds": rows, "mean": mean})


def ship(clips: data.Clips, folder: Path) -> dict:
    """Quantise the shipped model by the clips that it learnt from."""
    model = folder / "sound.onnx"
    content = quantise(model, calibration(clips.audio))
    (folder / "sound_int8.tflite").write_bytes(content)
    sounds = np.stack([synthesise(name, seed) for name in SOUNDS for seed in SEEDS])
    return {
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "operators": score.operators(content),
        "learnt clips": score.compare(model, content, clips.audio),
        "synthesised sounds": score.compare(model, content, sounds),
    }


def score_fold(clips: data.Clips, fold: int, model: Path) -> dict:
    """Train, unless the model is there, and quantise on the other folds; score on this one."""
    held, others = clips.select(clips.folds == fold), clips.select(clips.folds != fold)
    if not model.exists():
        train(others, f"without fold {fold}", model)
    content = quantise(model, calibration(others.audio))
    row = {
        "fold": fold,
        "accuracy": score.accuracies(model, content, held.audio, held.targets),
        "difference": score.compare(model, content, held.audio),
    }
    print(json.dumps(row), flush=True)
    return row


def train(clips: data.Clips, version: str, path: Path) -> None:
    """A float32 model by the recipe of the shipped one."""
    import torch
    from sound.export import export
    from sound.features import view_features
    from sound.train import Recipe, fit

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    views = torch.from_numpy(view_features(clips.audio))
    encoder = fit(views, torch.from_numpy(clips.targets), Recipe())
    path.parent.mkdir(parents=True, exist_ok=True)
    export(encoder, clips.labels, version, path)


def record(folder: Path, found: dict) -> None:
    """Print, and replace that part of the results."""
    print(json.dumps(found, indent=1))
    path = folder / "results_int8.json"
    results = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**results, **found}, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
