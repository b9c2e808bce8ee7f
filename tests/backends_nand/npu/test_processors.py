"""The same file and the same logits, whichever processor numpy's libraries think they run on."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
import hashlib, io, tempfile
import numpy as np
from edgesdk_backends.nand.npu.decoder import QuantisedDecoder
from edgesdk_backends.nand.npu.host_products import HostProducts
from edgesdk_backends.nand.quantise.model_file import ModelFile
from edgesdk_backends.nand.quantise.model_writer import write_model
from tests.decoder.models import random_model

model = random_model(
    5, vocabulary=50, hidden=64, layers=2, heads=4, kv_heads=2, head_size=32, ternary=False,
    context=256,
)
written = io.BytesIO()
write_model(model, written, weights="w8a8", context=256)
print(hashlib.sha256(written.getvalue()).hexdigest())
with tempfile.TemporaryFile() as place:
    place.write(written.getvalue())
    place.flush()
    file = ModelFile(place.fileno(), 0, len(written.getvalue()))
logits = np.empty((200, 50), np.float32)
tokens = np.random.default_rng(0).integers(0, 50, 200).astype(np.int32)
QuantisedDecoder(file, HostProducts(file), 256).step(tokens, logits)
print(hashlib.sha256(logits.tobytes()).hexdigest())
"""


def hashes(processor: str) -> str:
    """``processor``: what OpenBLAS is told; another library ignores it, and nothing is shown."""
    environment = {**os.environ, "OPENBLAS_CORETYPE": processor}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_file_and_logits_are_the_same_on_every_processor() -> None:
    found = {processor: hashes(processor) for processor in ("Prescott", "Haswell", "Sandybridge")}
    assert len(set(found.values())) == 1, found
