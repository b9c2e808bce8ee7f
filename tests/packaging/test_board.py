"""A board with numpy, cffi, cbor2 and cryptography alone: it deploys models, and runs them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import edgesdk
from edgesdk.bundle import read_bundle
from edgesdk.bundle.keys import trusted_keys
from edgesdk.decoder.session import DecoderSession
from tests.models import onnx_models
from tests.packaging.environments import ROOT, Environment

TOKENS = [1, 40, 7, 300, 12]
NOT_NEEDED = "click fastjsonschema packaging platformdirs pycparser tomli onnx tokenizers jinja2"

DEPLOY = """
import json, sys
from pathlib import Path
import numpy as np
import edgesdk
from edgesdk.bundle import keys, read_bundle

with read_bundle(Path(sys.argv[1]), keys.trusted_keys()) as bundle:
    with edgesdk.connect("cpu:") as device:
        report = edgesdk.deploy(bundle, device)
session = edgesdk.load(report.name, "cpu:")
"""
WRITE = DEPLOY + f"answer = session.prefill({TOKENS})\n"
RUN = DEPLOY + "answer = session.run({'x': np.arange(8, dtype=np.float32)})['y']\n"
# Python 3.10 has no reader of TOML; a newer board forgets its own.
WITHOUT_TOML = """
import sys
import edgesdk.toml
if sys.version_info < (3, 11):
    assert edgesdk.toml._reader() is None
edgesdk.toml._reader = lambda: None
"""
TELL = "print(json.dumps([report.vectors, [float(x) for x in np.ravel(answer)]]))\n"


@pytest.fixture
def story(user_folder: Path) -> Path:
    """The shipped language model, compiled here."""
    with edgesdk.compile(ROOT / "models" / "story", "cpu", output="story.edge"):
        return user_folder / "story.edge"


@pytest.fixture
def network(user_folder: Path) -> Path:
    """y = 3 x, compiled here."""
    onnx_models.scale(Path("scale.onnx"), 3.0, [8])
    with edgesdk.compile("scale.onnx", "cpu", output="scale.edge"):
        return user_folder / "scale.edge"


def test_a_board_has_no_more_than_it_is_said_to_need(board: Environment) -> None:
    found = board.run(
        "python",
        "-c",
        f"import importlib.util as u; print([n for n in {NOT_NEEDED.split()} if u.find_spec(n)])",
    )
    assert found.stdout == "[]\n"


def test_a_language_model_on_a_board(board: Environment, story: Path) -> None:
    vectors, logits = _answer(board, WRITE, story)
    with edgesdk.load(story, "cpu:") as session:
        assert isinstance(session, DecoderSession)
        expected = session.prefill(TOKENS)
    assert vectors > 0
    assert np.array_equal(np.float32(logits), expected)


def test_an_emulated_fpga_on_a_board(board: Environment, user_folder: Path) -> None:
    """What is written in TOML is read, although no reader of TOML need be there."""
    with edgesdk.compile(ROOT / "models" / "story", "fpga:kv260", output="story.edge"):
        pass
    program = WITHOUT_TOML + WRITE.replace("cpu:", "emu:fpga?engine=native")
    vectors, logits = _answer(board, program, user_folder / "story.edge")
    assert vectors > 0
    with edgesdk.load("story.edge", "emu:fpga?engine=native") as session:
        assert isinstance(session, DecoderSession)
        assert np.array_equal(np.float32(logits), session.prefill(TOKENS))


def test_a_board_without_a_reader_of_toml_says_what_brings_it(board: Environment) -> None:
    (board.home / "edgesdk.toml").write_text('[device.porch]\naddress = "cpu:"\n')
    done = board.run(
        "python", "-c", WITHOUT_TOML + "import edgesdk; edgesdk.connect('cpu:')", code=1
    )
    assert "[EDGE-02302]" in done.stderr
    assert "pip install tomli" in done.stderr


def test_a_network_on_a_board(board_with_runtime: Environment, network: Path) -> None:
    vectors, values = _answer(board_with_runtime, RUN, network)
    assert vectors > 0
    assert values == [3.0 * x for x in range(8)]


def _answer(board: Environment, program: str, bundle: Path) -> tuple[int, list[float]]:
    """What a program prints on a board whose user trusts this one's keys."""
    config = str(bundle.parent / "config")
    done = board.run("python", "-c", program + TELL, bundle, EDGESDK_CONFIG=config)
    vectors, values = json.loads(done.stdout)
    return vectors, values


def test_the_program_says_what_a_board_lacks(board: Environment) -> None:
    done = board.run("edgesdk", "devices", code=2)
    assert "[EDGE-02300]" in done.stderr
    assert "pip install 'click>=8.1'" in done.stderr


@pytest.fixture
def reached(board: Environment, user_folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The board's address, by a program in ssh's place that runs the command on it."""
    stand_in = user_folder / "ssh"
    surroundings = f'PATH="{board.programs}:/usr/bin:/bin" HOME={board.home}'
    stand_in.write_text(
        "#!/bin/sh\n"
        "for command; do :; done\n"
        f'cd {board.home} && exec env -i {surroundings} sh -c "$command"\n'
    )
    stand_in.chmod(0o755)
    monkeypatch.setenv("EDGESDK_SSH", str(stand_in))
    return "ssh://user@board/cpu:"


def test_a_laptop_deploys_to_a_board_and_writes_on_it(reached: str, story: Path) -> None:
    with edgesdk.connect(reached) as device, read_bundle(story, trusted_keys()) as bundle:
        (key,) = trusted_keys()
        device.trust(key)
        assert edgesdk.deploy(bundle, device).vectors > 0
        with device.open("story") as session, edgesdk.load(story, "cpu:") as here:
            assert isinstance(session, DecoderSession)
            assert isinstance(here, DecoderSession)
            assert np.array_equal(session.prefill(TOKENS), here.prefill(TOKENS))
