"""The shipped story model: the accelerator's numbers say the same stories as the CPU's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from edgesdk.decoder.reference import Reference
from edgesdk.decoder.weights import DecoderModel
from edgesdk.formats.bitnet.folder import read_folder
from edgesdk_backends.fpga.numpy_model.engine import NumpyEngine
from tests.backends_cpu.decoder.opened import opened, pack
from tests.backends_fpga.device.opened import greedy

from .layout import Board

FOLDER = Path(__file__).resolve().parents[3] / "models" / "story"
COUNT = 64
PROMPTS = ("Once upon a time", "There was a big storm", "Lily and Tom went to the park.")
MORE = (
    "",
    "The sun was",
    "One day, a little dog named Max",
    "Sara loved her cat",
    "Tim had a red ball. He",
    "In the forest there lived a bear",
)
# Here two tokens are as likely as makes no difference, and a cache of halves decides: the CPU's,
# which is one, says what the accelerator says, and the reference something else.
UNDECIDED = "Mom said to Anna,"


@pytest.fixture(scope="module")
def model() -> DecoderModel:
    decoder = read_folder(FOLDER).decoder
    assert decoder is not None
    return decoder


@pytest.fixture(scope="module")
def packed(model: DecoderModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack(model, tmp_path_factory.mktemp("story") / "decoder.bin")


def encoded(prompt: str) -> list[int]:
    tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    return [1, *tokenizer.encode(prompt, add_special_tokens=False).ids]


@pytest.mark.parametrize(
    "prompt",
    [PROMPTS[0], *(pytest.param(text, marks=pytest.mark.long) for text in (*PROMPTS[1:], *MORE))],
)
def test_the_reference_and_the_cpu_say_the_same(
    model: DecoderModel, packed: Path, prompt: str
) -> None:
    tokens = encoded(prompt)
    mine = Board(model, context=128).greedy(NumpyEngine(), tokens, COUNT)
    assert len(set(mine)) > COUNT // 4  # a story, not one token again and again
    assert mine == greedy(Reference(model), tokens, COUNT)
    with opened(packed, threads=1) as session:
        assert mine == greedy(session, tokens, COUNT)


@pytest.mark.long
def test_where_the_reference_is_undecided_the_cache_decides(
    model: DecoderModel, packed: Path
) -> None:
    tokens = encoded(UNDECIDED)
    mine = Board(model, context=128).greedy(NumpyEngine(), tokens, COUNT)
    with opened(packed, threads=1) as session:
        assert mine == greedy(session, tokens, COUNT)
    reference = Reference(model)
    theirs = greedy(reference, tokens, COUNT)
    parted = next(i for i in range(COUNT) if mine[i] != theirs[i])
    reference.rewind(0)
    logits = reference.prefill([*tokens, *mine[:parted]])
    assert abs(logits[mine[parted]] - logits[theirs[parted]]) < 0.02


def test_logits_are_close_to_the_references(model: DecoderModel) -> None:
    """Over a whole story: what the int8 head and the cache of halves change."""
    tokens = encoded(" ".join(PROMPTS))
    mine = Board(model, context=128).forward(NumpyEngine(), tokens)
    theirs = Reference(model).prefill(tokens, every=True)
    assert np.abs(mine - theirs).max() < 1.0
    assert np.abs(mine - theirs).std() < 0.02 * theirs.std()
