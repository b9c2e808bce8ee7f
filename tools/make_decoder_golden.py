"""Record what transformers answers for small drawn decoders, for the tests of the reference.

Needs torch and transformers; writes tests/decoder/reference/golden/*.npz. A file holds what the
model is drawn from (kind, seed, sizes), not its weights, and then the tokens, the logits, and the
int8 codes that each linear layer was given.

    python tools/make_decoder_golden.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests/decoder/reference/golden"
sys.path.insert(0, str(ROOT))

from tests.decoder.reference import transformers_oracle  # noqa: E402
from tests.decoder.reference.drawn import drawn_model, drawn_tokens  # noqa: E402

SMALL: dict[str, Any] = {"vocabulary": 80, "hidden": 64, "intermediate": 96, "layers": 2}
RELU2: dict[str, Any] = {"activation": "relu2", "theta": 500_000.0}
CASES: dict[str, dict[str, Any]] = {
    "bitnet": RELU2 | {"heads": 8, "kv_heads": 2},
    "bitnet-online": {"heads": 4, "kv_heads": 2, "tied": False},
    "bitnet-dividing": RELU2 | {"heads": 2, "kv_heads": 2},
    "llama-dividing": {"heads": 4, "kv_heads": 1, "norm_epsilon": 1e-6},
    "llama": {"heads": 4, "kv_heads": 2, "tied": False, "theta": 500_000.0},
}


def record(kind: str, seed: int, sizes: dict[str, Any]) -> Path:
    """Ask transformers, and write the file of one model."""
    model = drawn_model(kind, seed, sizes)
    tokens = drawn_tokens(seed, model.config.vocabulary)
    found = transformers_oracle.answer(model, kind, tokens)
    source = json.dumps({"kind": kind, "seed": seed, "sizes": sizes})
    path = GOLDEN / f"{kind}.npz"
    path.parent.mkdir(exist_ok=True)
    np.savez_compressed(path, source=source, tokens=tokens, logits=found.logits, **found.codes)
    return path


def main() -> int:
    """Write all files."""
    for seed, (kind, sizes) in enumerate(CASES.items()):
        path = record(kind, seed, SMALL | sizes)
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
