"""Make the int8 form of the sound model by post-training quantisation, and say what it loses.

    python tools/quantise_sound.py --data $EDGESDK_DATA/esc10

reads ``sound.onnx``, writes ``sound_int8.tflite`` beside it and how far the two agree into
``results_int8.json``. With ``--cross-validate 1,2`` it instead trains, for each of those folds, a
model on the other folds of 1 to 4 (PyTorch, minutes each), quantises it by them, and scores both
forms on the fold, which neither has seen. The shipped file does not change.
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
from sound.features import clip_features
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
    parser.add_argument("--cross-validate", metavar="FOLDS", help="for example 1,2")
    options = parser.parse_args()
    clips = data.load(options.data, FOLDS)
    if options.cross_validate:
        folds = [int(fold) for fold in options.cross_validate.split(",")]
        rows = [score_fold(clips, fold) for fold in folds]
        print(score.table(rows))
        record(options.folder, {"folds": rows})
    else:
        record(options.folder, {"shipped": ship(clips, options.folder)})


def ship(clips: data.Clips, folder: Path) -> dict:
    """Quantise the shipped model by the clips that it learnt from."""
    model, features = folder / "sound.onnx", calibration(clips.audio)
    content = quantise(model, features)
    (folder / "sound_int8.tflite").write_bytes(content)
    sounds = np.stack([synthesise(name, seed) for name in SOUNDS for seed in SEEDS])
    return {
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "operators": score.operators(content),
        "learnt clips": score.compare(model, content, features[: len(clips.names)]),
        "synthesised sounds": score.compare(model, content, clip_features(sounds)),
    }


def score_fold(clips: data.Clips, fold: int) -> dict:
    """Train and quantise on the other folds, score on this one."""
    import torch
    from sound.export import export
    from sound.features import view_features
    from sound.train import Recipe, fit

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    held, others = clips.select(clips.folds == fold), clips.select(clips.folds != fold)
    views = torch.from_numpy(view_features(others.audio))
    encoder = fit(views, torch.from_numpy(others.targets), Recipe())
    features = clip_features(held.audio)
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "sound.onnx"
        export(encoder, clips.labels, f"without fold {fold}", model)
        content = quantise(model, calibration(others.audio))
        row = {
            "fold": fold,
            "accuracy": score.accuracies(model, content, features, held.targets),
            "difference": score.compare(model, content, features),
        }
    print(json.dumps(row), flush=True)
    return row


def record(folder: Path, found: dict) -> None:
    """Print, and replace that part of the results."""
    print(json.dumps(found, indent=1))
    path = folder / "results_int8.json"
    results = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**results, **found}, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
