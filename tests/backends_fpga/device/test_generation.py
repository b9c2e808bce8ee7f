"""What the shipped model writes on the accelerator is what it writes on the CPU."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import edgesdk
from edgesdk.decoder.session import DecoderSession
from edgesdk.decoder.tokenizer import load
from edgesdk.decoder.weights import DecoderModel
from edgesdk.errors import MissingExtra, NoDevice
from edgesdk.formats import read_source
from edgesdk_backends.fpga.driver.patience import AP_INT, CHECKED, NUMPY, RTL
from edgesdk_backends.fpga.emulator.engines import open_engine
from tests.backends_fpga.device.opened import greedy, opened, packed

STORY = Path(__file__).parents[3] / "models" / "story"
PROMPTS = (
    "Once upon a time",
    "The little dog",
    "Tom and Lily went to the park. They",
    "One day, a big bear",
    "She was very sad because",
    '"Look!" said Ben.',
)


@pytest.fixture(scope="module")
def story() -> DecoderModel:
    model = read_source(STORY).decoder
    assert model is not None
    return model


@pytest.fixture(scope="module")
def content(story: DecoderModel) -> bytes:
    return packed(story)


@pytest.fixture(scope="module")
def on_cpu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DecoderSession]:
    folder = tmp_path_factory.mktemp("cpu")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDGESDK_CONFIG", str(folder))
        edgesdk.compile(STORY, "cpu", output=folder / "story.edge", name="story").close()
        with edgesdk.load(folder / "story.edge", f"cpu:?store={folder}&threads=1") as session:
            assert isinstance(session, DecoderSession)
            yield session


def tokens_of(story: DecoderModel, text: str) -> list[int]:
    assert story.vocabulary is not None
    return load(story.vocabulary).encode(text)


@pytest.mark.parametrize("head", ["fabric", "host"])
def test_64_greedy_tokens_are_those_of_the_cpu(
    story: DecoderModel, content: bytes, on_cpu: DecoderSession, head: str
) -> None:
    with opened(content, head=head, rescore=16) as session:
        for text in PROMPTS:
            prompt = tokens_of(story, text)
            assert greedy(session, prompt, 64) == greedy(on_cpu, prompt, 64), text


def check_engine(engine: str, prompt: list[int], content: bytes, on_cpu: DecoderSession) -> None:
    """64 tokens are the CPU's, and every bit of the logits is the native engine's."""
    with opened(content, engine, rescore=16) as session:
        assert greedy(session, prompt, 64) == greedy(on_cpu, prompt, 64)
        session.rewind(0)
        found = session.prefill(prompt, every=True)
    with opened(content, rescore=16) as session:
        assert np.array_equal(found, session.prefill(prompt, every=True))


@pytest.mark.parametrize("engine", [CHECKED, NUMPY])
def test_other_engines_write_the_same(
    story: DecoderModel, content: bytes, on_cpu: DecoderSession, engine: str
) -> None:
    check_engine(engine, tokens_of(story, PROMPTS[0]), content, on_cpu)


@pytest.mark.long
@pytest.mark.parametrize("engine", [AP_INT, RTL])
def test_slow_engines_write_the_same(
    story: DecoderModel, content: bytes, on_cpu: DecoderSession, engine: str
) -> None:
    try:
        open_engine(engine)
    except (MissingExtra, NoDevice) as error:
        pytest.skip(f"{error.what}: {error.next_step}")
    check_engine(engine, tokens_of(story, PROMPTS[0]), content, on_cpu)
