"""The model that is shipped, compiled, on a real device, behind the server."""

from __future__ import annotations

from pathlib import Path

import pytest

import edgesdk
from edgesdk.cli.output import Output
from edgesdk.cli.serve import _open
from edgesdk.decoder.generation import generate
from edgesdk.decoder.generation_pieces import Settings as Wanted
from edgesdk.decoder.sampling import GREEDY
from edgesdk.serving.server import Server, listen
from edgesdk.serving.settings import Settings

from .fakes import FakeSession
from .running import Running

STORY = Path(__file__).parents[2] / "models" / "story"
PROMPT = "Once upon a time"


@pytest.fixture
def bundle(user_folder: Path) -> str:
    """The shipped model as a bundle."""
    edgesdk.compile(STORY, "cpu", vectors=1, output=user_folder / "story.edge").close()
    return str(user_folder / "story.edge")


def test_the_server_writes_what_generate_writes(bundle: str) -> None:
    with _open(Output(), bundle, "cpu:") as model:
        wanted = Wanted(maximum=60, sampling=GREEDY)
        alone = "".join(
            piece.text for piece in generate(model.session, model.tokenizer, PROMPT, wanted)
        )
    server = Server(
        listen("127.0.0.1", 0), Settings("story"), lambda: _open(Output(), bundle, "cpu:")
    )
    server.start()
    try:
        assert server.wait_open(30)
        with Running(server, FakeSession()).client() as client:
            stream = client.completions.create(
                model="story", prompt=PROMPT, max_tokens=60, temperature=0, stream=True
            )
            texts = [choice.text for chunk in stream for choice in chunk.choices]
    finally:
        server.stop(0)
    assert "".join(texts) == alone
    assert len(alone) > 60
