"""Which part of its range an activation gives to the weights that it meets.

SmoothQuant (arXiv 2211.10438): some inputs of a matrix are far larger than the others, in every
token, and int8 has no room for both. Each input is divided by a number of its own, and the column
of weights that it meets is multiplied with it::

    s[j] = max |x[j]| ** 0.5 / max |w[:, j]| ** 0.5

How large inputs are, the float reference tells, in one pass over a text and some drawn tokens. Its
sums differ in their last bits from one machine to another, so s is rounded to steps of an octave's
quarter: the same model gives the same file.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk.decoder.reference import Reference
from edgesdk.decoder.tokenizer import load
from edgesdk.decoder.weights import DecoderModel

Floats = NDArray[np.float32]

SEED = 20221118
DRAWN = 32  # tokens that follow the text, for inputs that no sentence of it needs
TEXT = """Once there was a small house near a river, and an old woman lived in it with her cat. \
Every morning she made bread, fed the birds and walked to the village to sell what she had baked. \
One day it rained so hard that the water came up to her door. "What shall we do?" she asked the \
cat. A boy from the next farm saw the light in her window and came with his boat. He took them \
both to a dry place on the hill, where many people helped each other and shared their food. In the \
end the rain stopped, the sun came out, and everybody went home. The capital of a country is where \
its government sits; in 1990, 25 of 100 people lived in such a city. He said that he did not know \
why, but they were happy."""
LARGEST = 1e4  # that an input is multiplied or divided with, at most
# Of the largest peak. An input that this text hardly excites may be large in another, and would
# then, multiplied too much, leave the others no part of the range.
LEAST_PEAK = 0.02
STEPS = 4  # of an octave
# The value of a pass that is the input of which matrix; a sub-norm comes after what it replaces.
INPUTS = {
    "attention_norm": "query_key_value",
    "attention": "attention_output",
    "attention_sub_norm": "attention_output",
    "ffn_norm": "gate_up",
    "gated": "down",
    "ffn_sub_norm": "down",
}


def input_peaks(model: DecoderModel) -> dict[str, Floats]:
    """The largest magnitude of each input of each matrix, float32 [inputs] by the matrix's name."""
    found: dict[str, Floats] = {}

    def look(name: str, values: NDArray[Any]) -> None:
        matrix = _matrix(name)
        if matrix is not None:
            found[matrix] = np.abs(values).max(axis=0)

    tokens = calibration_tokens(model)
    Reference(model, len(tokens), trace=look).prefill(tokens, every=True)
    return found


def calibration_tokens(model: DecoderModel) -> NDArray[np.int32]:
    """The text, then drawn tokens: the first of each, half of the context for either at least."""
    generator = np.random.Generator(np.random.PCG64(SEED))
    context, text = model.config.context, _text(model)
    drawn = generator.integers(0, model.config.vocabulary, DRAWN, dtype=np.int32)
    drawn = drawn[: max(context - len(text), -(-context // 2))]
    return np.concatenate([text[: context - len(drawn)], drawn])


def multipliers(peaks: Floats, columns: Floats) -> Floats:
    """What inputs are multiplied with, float32 [inputs].

    ``peaks`` [inputs]: their largest magnitudes. ``columns`` [inputs]: those of the weights that
    they meet. 1 for an input that meets no weight, and for all where none is ever there.
    """
    above = columns.astype(np.float64)
    below = np.maximum(peaks.astype(np.float64), LEAST_PEAK * float(peaks.max(initial=0)))
    there = (below > 0) & (above > 0)
    ratio = np.divide(above, below, out=np.ones_like(below), where=there)
    octaves = np.log2(np.sqrt(ratio).clip(1 / LARGEST, LARGEST))
    found: Floats = np.exp2(np.rint(octaves * STEPS) / STEPS).astype(np.float32)
    return found


def _matrix(name: str) -> str | None:
    """Whose input a traced value is."""
    if name == "final_norm":
        return "head"
    layer = re.fullmatch(r"(layers\.\d+)\.(\w+)", name)
    if layer is None or layer[2] not in INPUTS:
        return None
    return f"{layer[1]}.{INPUTS[layer[2]]}"


def _text(model: DecoderModel) -> NDArray[np.int32]:
    """Nothing where the model has no vocabulary. Raises ``MissingExtra``: without the tokenizer's
    library the weights would be others."""
    if model.vocabulary is None:
        return np.empty(0, np.int32)
    return np.array(load(model.vocabulary).encode(TEXT), np.int32)
