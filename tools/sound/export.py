"""From the trained encoder to the ONNX file that ships, with what a runtime must know inside."""

from __future__ import annotations

import json
from pathlib import Path

import onnx
import torch
from onnx.reference import ReferenceEvaluator

from edgesdk.sensing.frontend import frontend_of

from .graph import build
from .model import Encoder

TOLERANCE = 1e-5  # probability


def export(encoder: Encoder, labels: list[str], version: str, path: Path) -> None:
    """Write the model: input ``features`` float32[1, frames, mels], output ``scores``."""
    frontend = frontend_of()
    model = build(encoder.eval(), frontend["frames"], frontend["mels"])
    metadata = {
        "edgesdk.name": "sound",
        "edgesdk.version": version,
        "edgesdk.frontend": json.dumps(frontend),
        "edgesdk.labels": json.dumps(labels),
    }
    onnx.helper.set_model_props(model, metadata)
    model.producer_name = "edgesdk"
    onnx.checker.check_model(model, full_check=True)
    compare(encoder, model, frontend["frames"], frontend["mels"])
    path.write_bytes(model.SerializeToString(deterministic=True))


def compare(encoder: Encoder, model: onnx.ModelProto, frames: int, mels: int) -> None:
    """Stop unless the graph gives what PyTorch gives, on features of a plausible range."""
    features = -9 + 4 * torch.randn(1, frames, mels, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        wanted = encoder(features).softmax(-1).numpy()
    given = ReferenceEvaluator(model).run(["scores"], {"features": features.numpy()})[0]
    error = float(abs(given - wanted).max())
    if error > TOLERANCE:
        raise SystemExit(f"The exported graph differs from the trained model by {error:.2e}")
