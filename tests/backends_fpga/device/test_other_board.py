"""A board is a file: whoever adds one compiles, predicts and opens for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import edgesdk
from edgesdk.predict import predict
from edgesdk.predict.model import read_subject
from edgesdk_backends.fpga import boards
from edgesdk_backends.fpga.timing import profile
from tests.models.variants import PROMPT, bitnet


@pytest.fixture(autouse=True)
def folder(user_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """With a second board, whose fabric is slower."""
    known = (boards.FOLDER / "kv260.toml").read_text()
    slow = (profile.FOLDER / "edge.toml").read_text().replace("{ value = 250,", "{ value = 125,")
    (user_folder / "slow.toml").write_text(slow)
    folder = user_folder / "boards"
    folder.mkdir()
    (folder / "kv260.toml").write_text(known)
    (folder / "zu5.toml").write_text(
        known.replace('profile = "edge"', f'profile = "{user_folder / "slow.toml"}"')
    )
    monkeypatch.setattr(boards, "FOLDER", folder)
    boards.read_board.cache_clear()
    yield user_folder
    boards.read_board.cache_clear()


def test_it_is_compiled_deployed_and_opened(folder: Path) -> None:
    with (
        edgesdk.compile(bitnet(folder, 2), "fpga:zu5", vectors=1) as bundle,
        edgesdk.connect("emu:fpga?board=zu5&name=new&memory=64") as device,
    ):
        assert device.info.target == "fpga:zu5"
        edgesdk.deploy(bundle, device)
        with device.open(bundle.manifest.name) as session:
            session.run({"tokens": PROMPT})
            notes = [figure.note for figure in session.figures().values()]  # type: ignore[attr-defined]
        assert any("slow.toml at 125 MHz" in note for note in notes), notes


def test_a_bundle_for_the_usual_board_is_not_for_it(folder: Path) -> None:
    with (
        edgesdk.compile(bitnet(folder, 2), "fpga:kv260", vectors=1) as bundle,
        edgesdk.connect("emu:fpga?board=zu5&name=new&memory=64") as device,
    ):
        assert not device.check(bundle.signed).fits


def test_a_prediction_takes_its_design() -> None:
    subject = read_subject("bitnet-0.73b")
    assert predict(subject, "fpga:zu5").settings["clock_mhz"] == "125"
    assert predict(subject, "fpga:kv260").settings["clock_mhz"] == "250"
    assert predict(subject, "fpga:zu5", {"profile": "edge"}).settings["clock_mhz"] == "250"


def test_a_board_that_there_is_not() -> None:
    with pytest.raises(edgesdk.UsageError) as caught:
        edgesdk.connect("emu:fpga?board=zu6")
    assert caught.value.id == "EDGE-02180"
    assert caught.value.evidence == "one of kv260, zu5"
