"""The reference against what transformers answered; tools/make_decoder_golden.py recorded it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgesdk.decoder.config import ADJACENT, RELU2
from edgesdk.decoder.weights import DecoderModel
from tests.decoder.reference.comparing import Answer, compare
from tests.decoder.reference.drawn import KINDS, drawn_model

GOLDEN = Path(__file__).parent / "golden"


def golden(kind: str) -> tuple[DecoderModel, np.ndarray, Answer]:
    with np.load(GOLDEN / f"{kind}.npz") as file:
        arrays = dict(file)
    source = json.loads(str(arrays.pop("source")))
    tokens, logits = arrays.pop("tokens"), arrays.pop("logits")
    return drawn_model(**source), tokens, Answer(logits, arrays)


@pytest.mark.parametrize("kind", KINDS)
def test_codes_and_logits_are_those_of_transformers(kind: str) -> None:
    model, tokens, theirs = golden(kind)
    assert len(theirs.codes) == (0 if kind == "llama" else 7 * model.config.layers)
    assert theirs.logits.std() > 0.5
    compare(model, tokens, theirs)


@pytest.mark.parametrize(
    "change",
    [
        {"pairing": ADJACENT},
        {"activation": RELU2},
        {"norm_epsilon": 1e-3},
        {"frequencies": (0.0,) * 8},
    ],
)
def test_another_arithmetic_is_told_apart(change: dict[str, object]) -> None:
    model, tokens, theirs = golden("bitnet-online")
    other = replace(model, config=replace(model.config, **change))  # type: ignore[arg-type]
    with pytest.raises(AssertionError):
        compare(other, tokens, theirs)


def test_a_code_that_is_off_by_one_is_told_apart() -> None:
    model, tokens, theirs = golden("bitnet")
    theirs.codes["layers.1.gate"][3] += 1
    with pytest.raises(AssertionError, match=r"layers\.1\.gate: codes differ that are no ties"):
        compare(model, tokens, theirs)


def test_the_files_are_small() -> None:
    files = list(GOLDEN.glob("*.npz"))
    assert {path.stem for path in files} == set(KINDS)
    assert sum(path.stat().st_size for path in files) < 100_000
