"""Trained decoders through pages: the CPU's tokens, and hardly more surprise at a text."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from edgesdk.decoder.reference import Reference
from edgesdk.decoder.sampling import log_probabilities
from edgesdk.decoder.session import Logits
from edgesdk.decoder.tokenizer import load
from edgesdk.decoder.weights import DecoderModel
from edgesdk.formats.bitnet.folder import read_folder
from edgesdk.formats.llama2c.model import read_llama2c
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.npu.decoder import QuantisedDecoder
from edgesdk_backends.nand.npu.host_products import HostProducts
from tests.backends_cpu.decoder.opened import opened, pack
from tests.backends_nand.npu.written import greedy, logits_of, paged, written

FOLDER = Path(__file__).resolve().parents[3] / "models" / "story"
PROMPTS = (
    "Once upon a time",
    "There was a big storm",
    "Lily and Tom went to the park.",
    "Tim had a red ball. He",
    # Here the reference, whose cache has no halves, says something else than the CPU.
    "Mom said to Anna,",
)
COUNT = 64
LARGE = read_preset("cambricon-l").design
SMALL = read_preset("cambricon-s").design


@pytest.fixture(scope="module")
def story() -> DecoderModel:
    decoder = read_folder(FOLDER).decoder
    assert decoder is not None
    return decoder


@pytest.fixture(scope="module")
def stories(data: Path) -> DecoderModel:
    decoder = read_llama2c(data / "lm-weights" / "stories260K.bin").decoder
    assert decoder is not None
    return decoder


@pytest.mark.parametrize("count", [2, pytest.param(5, marks=pytest.mark.long)])
def test_a_ternary_model_says_what_the_cpu_says(
    story: DecoderModel, tmp_path: Path, count: int
) -> None:
    tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    with (
        written(story, tmp_path / "m", "ternary", context=128) as file,
        opened(pack(story, tmp_path / "cpu.bin"), COUNT, threads=1) as cpu,
    ):
        for prompt in PROMPTS[-count:]:
            tokens = [1, *tokenizer.encode(prompt, add_special_tokens=False).ids]
            wanted = cpu.run({"tokens": np.array(tokens, np.int32)})["continuation"].tolist()
            assert len(set(wanted)) > COUNT // 4  # a story, not one token again and again
            products = paged(file, LARGE)
            assert greedy(QuantisedDecoder(file, products), tokens, COUNT) == wanted


@pytest.mark.parametrize(("weights", "most"), [("w8a8", 0.01), ("w4a16", 0.2)])
def test_surprise_at_a_text(
    stories: DecoderModel, data: Path, tmp_path: Path, weights: str, most: float
) -> None:
    """Of stories260K; logits from pages and from codes are the same to the bit."""
    assert stories.vocabulary is not None
    text = (data / "text" / "tinystories_sample.txt").read_text()
    tokens = [1, *load(stories.vocabulary).encode(text, beginning=False)[:500]]
    wanted = _surprise(Reference(stories, 512).prefill(tokens, every=True), tokens)
    with written(stories, tmp_path / "m", weights, context=512) as file:
        logits = logits_of(file, HostProducts(file), tokens)
        for design in (SMALL, LARGE):
            assert np.array_equal(logits_of(file, paged(file, design), tokens), logits)
    found = _surprise(logits, tokens)
    print(f"perplexity: {weights} {np.exp(found):.3f}, float {np.exp(wanted):.3f}")
    assert abs(found - wanted) < most


def test_results_of_16_bits_need_steps(stories: DecoderModel, data: Path, tmp_path: Path) -> None:
    """Cut, they say nothing sensible any more; in steps, hardly anything changes."""
    assert stories.vocabulary is not None
    text = (data / "text" / "tinystories_sample.txt").read_text()
    tokens = [1, *load(stories.vocabulary).encode(text, beginning=False)[:200]]
    found = {}
    with written(stories, tmp_path / "m", "w8a8", context=512) as file:
        for results in ("exact", "round", "saturate"):
            products = paged(file, SMALL, results=results)
            found[results] = _surprise(logits_of(file, products, tokens), tokens)
            print(f"perplexity: results={results} {np.exp(found[results]):.2f}")
            assert (products.cut > 0) == (results == "saturate")
    assert abs(found["round"] - found["exact"]) < 0.01
    assert found["saturate"] > found["exact"] + 1


def test_surprise_at_held_out_stories(story: DecoderModel, tmp_path: Path) -> None:
    sequences = json.loads((FOLDER / "held_out.json").read_text())["sequences"]
    tokens = sequences[0]  # 256
    wanted = _surprise(Reference(story, 512).prefill(tokens, every=True), tokens)
    for weights, most in (("ternary", 0.01), ("w8a8", 0.03), ("w4a16", 0.03)):
        with written(story, tmp_path / "m", weights, context=512) as file:
            logits = logits_of(file, HostProducts(file), tokens)
            assert np.array_equal(logits_of(file, paged(file, LARGE, threads=2), tokens), logits)
        found = _surprise(logits, tokens)
        print(f"perplexity: {weights} {np.exp(found):.3f}, float {np.exp(wanted):.3f}")
        assert abs(found - wanted) < most


def _surprise(logits: Logits, tokens: list[int]) -> float:
    """The mean negative log probability of each token but the first, in nats."""
    pairs = zip(logits[:-1], tokens[1:], strict=True)
    return float(np.mean([-log_probabilities(row)[token] for row, token in pairs]))
