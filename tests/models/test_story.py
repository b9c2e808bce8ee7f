"""The shipped story model is what its card says."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer

from edgesdk.decoder.reference import Reference
from edgesdk.decoder.weights import DecoderModel, Dense, Layer, Ternary
from edgesdk.formats.bitnet.folder import read_folder
from tools.ternary.vocabulary import SPACE, SPECIAL, read_pieces, tokenizer

FOLDER = Path(__file__).resolve().parents[2] / "models" / "story"
LINEAR = ("query", "key", "value", "output", "gate", "up", "down")
LARGEST = 4 << 20  # bytes of the whole folder
HIGHEST_LOSS = 1.32  # nats a token, on the shipped part of the held-out stories


@pytest.fixture(scope="module")
def model() -> DecoderModel:
    decoder = read_folder(FOLDER).decoder
    assert decoder is not None
    return decoder


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    return json.loads((FOLDER / "results.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def card() -> str:
    return (FOLDER / "README.md").read_text(encoding="utf-8")


def test_it_is_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= LARGEST


def test_every_linear_layer_is_ternary(model: DecoderModel) -> None:
    for linear in linear_layers(model):
        assert isinstance(linear, Ternary)
        assert set(np.unique(linear.codes)) == {-1, 0, 1}
        assert 0.2 < np.mean(linear.codes == 0) < 0.6


def test_it_has_as_many_parameters_as_the_card_says(
    model: DecoderModel, results: dict[str, Any], card: str
) -> None:
    ternary = sum(linear.codes.size for linear in linear_layers(model))
    layers = [model.weights.layer(index) for index in range(model.config.layers)]
    norms = sum(norm.size for layer in layers for norm in norms_of(layer))
    rest = model.weights.embedding().size + model.weights.final_norm().size
    assert results["ternary_parameters"] == ternary
    assert results["parameters"] == ternary + norms + rest
    assert f"{ternary:,}" in card
    assert f"{ternary + norms + rest:,}" in card


def test_the_reference_finds_the_loss_that_training_reported(
    model: DecoderModel, results: dict[str, Any]
) -> None:
    held_out = json.loads((FOLDER / "held_out.json").read_text(encoding="utf-8"))
    losses = [loss(model, np.array(tokens, np.int32)) for tokens in held_out["sequences"]]
    assert np.mean(losses) < HIGHEST_LOSS
    reported = results["runs"][results["run"]]["shipped"]["cross_entropy"]
    assert np.mean(losses) == pytest.approx(reported, abs=0.005)


def test_the_card_has_the_measured_losses(results: dict[str, Any], card: str) -> None:
    for run in results["runs"].values():
        for part in ("held_out", "text"):
            measured = run[part]
            row = [f"{measured[key]:.3f}" for key in ("cross_entropy", "divergence")]
            assert " | ".join(row) in card
            assert f"{measured['teacher']:.3f}" in card


def test_a_story_begins_and_ends_with_token_1(model: DecoderModel) -> None:
    assert model.vocabulary is not None
    assert model.vocabulary.beginning == 1
    assert 1 in model.vocabulary.stops


def test_the_tokenizer_is_made_of_the_teachers_pieces(data: Path) -> None:
    pieces = read_pieces(data / "lm-weights" / "tok512.bin")
    shipped = json.loads((FOLDER / "tokenizer.json").read_text(encoding="utf-8"))
    assert shipped == tokenizer(pieces)


@pytest.mark.parametrize(
    ("name", "characters"),
    [
        ("tinystories_sample.txt", 4_000),
        ("tinyshakespeare.txt", 200_000),
        ("wikitext2-valid.txt", 60_000),
    ],
)
def test_the_tokenizer_merges_by_score(data: Path, name: str, characters: int) -> None:
    content = (data / "text" / name).read_text(encoding="utf-8")[:characters]
    scores = dict(read_pieces(data / "lm-weights" / "tok512.bin"))
    numbers = {piece: token for token, piece in enumerate(scores)}
    shipped = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    for line in content.replace("<unk>", "?").splitlines(keepends=True):
        tokens = shipped.encode(line).ids
        assert tokens == [1, *merged(line, scores, numbers)]
        assert shipped.decode(tokens) == line


def merged(text: str, scores: dict[str, float], numbers: dict[str, int]) -> list[int]:
    """As llama2.c does it: join the two neighbours that are the best piece, until none are."""
    parts = list(SPACE + text.replace(" ", SPACE))
    while True:
        pairs = [a + b for a, b in pairwise(parts)]
        best = max(
            (i for i, pair in enumerate(pairs) if pair in scores and pair not in SPECIAL),
            key=lambda i: (scores[pairs[i]], -i),
            default=None,
        )
        if best is None:
            break
        parts[best : best + 2] = [pairs[best]]
    known = ([numbers[p]] if p in numbers else [b + 3 for b in p.encode()] for p in parts)
    return [token for tokens in known for token in tokens]


def linear_layers(model: DecoderModel) -> list[Ternary | Dense]:
    layers = [model.weights.layer(index) for index in range(model.config.layers)]
    return [getattr(layer, name) for layer in layers for name in LINEAR]


def norms_of(layer: Layer) -> list[np.ndarray[Any, Any]]:
    assert layer.attention_sub_norm is not None
    assert layer.ffn_sub_norm is not None
    own = [layer.attention_norm, layer.attention_sub_norm, layer.ffn_norm, layer.ffn_sub_norm]
    return list(own)


def loss(model: DecoderModel, tokens: np.ndarray[Any, np.dtype[np.int32]]) -> float:
    """Cross-entropy of each token after those before it, nats."""
    logits = Reference(model).prefill(tokens, every=True)[:-1].astype(np.float64)
    chances = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    return float(-chances[np.arange(len(chances)), tokens[1:]].mean())
