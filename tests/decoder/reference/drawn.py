"""Decoders drawn for the comparison with transformers, in the kinds that it knows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from edgesdk.decoder.config import RELU2, SILU
from edgesdk.decoder.weights import DecoderModel, DecoderWeights, Dense, Layer, Ternary
from tests.decoder.models import random_model

TOKENS = 12
# What each is: transformers_oracle.py, which cannot be imported everywhere.
KINDS = ("bitnet", "bitnet-online", "bitnet-dividing", "llama-dividing", "llama")


def drawn_model(kind: str, seed: int, sizes: dict[str, Any]) -> DecoderModel:
    """The model of a case."""
    online = kind == "bitnet-online"
    floats = kind == "llama" or online
    model = random_model(seed, **sizes, ternary=not floats, sub_norms=kind.startswith("bitnet"))
    return replace(model, weights=Ternarised(model.weights)) if online else model


def drawn_sizes(seed: int) -> dict[str, Any]:
    """Sizes of a model that transformers can express, too."""
    random = np.random.RandomState([seed, 1])
    heads, group = int(random.choice([4, 8])), int(random.choice([1, 2, 4]))
    head_size = int(random.choice([8, 16, 32]))
    return {
        "vocabulary": int(random.randint(40, 200)),
        "hidden": heads * head_size,
        "intermediate": int(random.randint(16, 80)) * 4,
        "layers": int(random.randint(1, 4)),
        "heads": heads,
        "kv_heads": heads // group,
        "theta": float(random.choice([10_000.0, 500_000.0])),
        "activation": str(random.choice([SILU, RELU2])),
        "tied": bool(random.randint(2)),
    }


def drawn_tokens(seed: int, vocabulary: int) -> np.ndarray:
    return np.random.RandomState([seed, 2]).randint(0, vocabulary, TOKENS).astype(np.int32)


@dataclass(frozen=True)
class Ternarised:
    """Float weights made ternary as BitNet does it: divided by their mean magnitude and rounded."""

    masters: DecoderWeights

    def embedding(self) -> np.ndarray:
        return self.masters.embedding()

    def head(self) -> np.ndarray | None:
        return self.masters.head()

    def final_norm(self) -> np.ndarray:
        return self.masters.final_norm()

    def layer(self, index: int) -> Layer:
        floats = self.masters.layer(index)
        linears = {
            name: ternarised(part.weights)
            for name, part in vars(floats).items()
            if isinstance(part, Dense)
        }
        return replace(floats, **linears)


def ternarised(weights: np.ndarray) -> Ternary:
    scale = np.maximum(np.abs(weights).mean(), np.float32(1e-5))
    codes = np.clip(np.rint(weights * (np.float32(1) / scale)), -1, 1).astype(np.int8)
    return Ternary(codes, float(scale))


def master_weights(model: DecoderModel, index: int, name: str) -> np.ndarray | None:
    """The float weights that a linear layer was made of, if there are any."""
    if not isinstance(model.weights, Ternarised):
        return None
    part: Dense = getattr(model.weights.masters.layer(index), name)
    return part.weights
