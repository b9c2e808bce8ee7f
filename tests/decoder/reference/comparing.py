"""How near the reference must come to somebody else's answer.

The sums of a ternary layer are exact, so the only way apart is a value that lies between two int8
codes by a hair: another order of float additions then rounds it to the other code. That code moves
everything after it. So wherever codes differ, the first ones that do must be such ties. Of 80 drawn
models of each ternary kind and 40 tokens, 7 to 17 met a tie; 99.6 to 99.9 % of all codes were
equal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgesdk.decoder.reference import Reference
from edgesdk.decoder.weights import DecoderModel

# Of logits whose standard deviation is about 1. The largest seen: 1.1e-5 in 400 drawn models.
CLOSE = 3e-5
# After a tie; the largest seen: 0.09.
AFTER_A_TIE = 0.3
HAIR = 1e-3  # of one code
# What each linear layer's input is called: with norms of its own where the model has them.
SOURCES = {
    "query": ("attention_norm",),
    "key": ("attention_norm",),
    "value": ("attention_norm",),
    "output": ("attention_sub_norm", "attention"),
    "gate": ("ffn_norm",),
    "up": ("ffn_norm",),
    "down": ("ffn_sub_norm", "gated"),
}


@dataclass(frozen=True)
class Answer:
    """Logits [n, vocabulary], and the int8 codes [n, in] of each linear layer's input by name."""

    logits: np.ndarray
    codes: dict[str, np.ndarray]


def compare(model: DecoderModel, tokens: np.ndarray, theirs: Answer, close: float = CLOSE) -> int:
    """Assert that the reference comes near enough; the number of codes that differ."""
    seen: dict[str, np.ndarray] = {}
    logits = Reference(model, trace=seen.__setitem__).prefill(tokens, every=True)
    differing = 0
    for name, codes in theirs.codes.items():  # in the order of the computation
        apart = codes != seen[f"{name}.codes"]
        if apart.any() and not differing:
            assert _ties(seen, name)[apart].all(), f"{name}: codes differ that are no ties"
        differing += int(apart.sum())
    bound = AFTER_A_TIE if differing else close
    np.testing.assert_allclose(logits, theirs.logits, rtol=0, atol=bound)
    return differing


def _ties(seen: dict[str, np.ndarray], name: str) -> np.ndarray:
    """Where a linear layer's input [n, in] lies between two codes."""
    layer, linear = name.rsplit(".", 1)
    source = next(s for s in SOURCES[linear] if f"{layer}.{s}" in seen)
    exact = seen[f"{layer}.{source}"].astype(np.float64) * 127 / seen[f"{name}.absmax"]
    return np.abs(np.abs(exact - np.trunc(exact)) - 0.5) < HAIR
