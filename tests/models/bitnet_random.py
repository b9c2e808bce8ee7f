"""A small random BitNet model as a Hugging Face folder."""

from __future__ import annotations

from pathlib import Path

from edgesdk.decoder.config import RELU2
from edgesdk.formats.bitnet.writer import write_bitnet_folder
from tests.decoder.models import random_model


def random_bitnet(folder: Path, seed: int) -> Path:
    """Write it; two seeds give models that continue the same tokens differently."""
    model = random_model(seed, activation=RELU2)
    write_bitnet_folder(folder, model.config, model.weights, embedding="F32")
    return folder
