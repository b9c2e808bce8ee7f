"""Score a shipped sound model on folds of an ESC-10 style folder, as a device would run it.

    python tools/evaluate_sound.py --data DIR --folds 5 --model models/sound/sound.onnx

reads the labels and the front end out of the ONNX file, computes the features with the project's
C code, runs onnxruntime, and prints the accuracy per fold and class. ``--json`` prints one object.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

from edgesdk.sensing import frontend

sys.path.insert(0, str(Path(__file__).parent))
from sound import data


def main() -> None:
    """Parse the command line and print the scores."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with meta.csv and audio")
    parser.add_argument("--folds", required=True, help="for example 5, or 1,2,3,4")
    parser.add_argument("--model", type=Path, default=Path("models/sound/sound.onnx"))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    folds = [int(fold) for fold in options.folds.split(",")]
    scores = evaluate(options.model, data.load(options.data, folds))
    if options.json:
        print(json.dumps(scores))
    else:
        print_scores(scores)


def evaluate(model: Path, clips: data.Clips) -> dict:
    """Accuracies in percent: overall, by fold, by class; and the confusion counts."""
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    metadata = session.get_modelmeta().custom_metadata_map
    labels = json.loads(metadata["edgesdk.labels"])
    described = json.loads(metadata["edgesdk.frontend"])
    frontend.check(described)
    found = [labels[classify(session, described, clip)] for clip in clips.audio]
    wanted = [clips.labels[target] for target in clips.targets]
    right = np.array([a == b for a, b in zip(found, wanted, strict=True)])
    names = np.array(wanted)
    return {
        "clips": len(right),
        "accuracy": percent(right),
        "folds": {str(fold): percent(right[clips.folds == fold]) for fold in set(clips.folds)},
        "classes": {name: percent(right[names == name]) for name in sorted(set(wanted))},
        "mistakes": [
            f"{name}: {want} taken for {got}"
            for name, want, got in zip(clips.names, wanted, found, strict=True)
            if want != got
        ],
    }


def classify(session: onnxruntime.InferenceSession, described: dict, clip: np.ndarray) -> int:
    """float32[80000] -> the index of the best score."""
    features = frontend.apply(described, clip)
    return int(session.run(["scores"], {"features": features})[0].argmax())


def percent(right: np.ndarray) -> float:
    """Share of true values."""
    return round(100.0 * float(right.mean()), 2)


def print_scores(scores: dict) -> None:
    """For people."""
    print(f"accuracy {scores['accuracy']:.1f} % on {scores['clips']} clips")
    for kind in ("folds", "classes"):
        print(
            f"{kind}: " + ", ".join(f"{name} {value:.1f}" for name, value in scores[kind].items())
        )
    print("\n".join(scores["mistakes"]))


if __name__ == "__main__":
    main()
