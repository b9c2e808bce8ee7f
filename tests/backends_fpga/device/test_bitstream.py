"""Bitstreams that go into a bundle, and what is refused before anything is signed."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

import edgesdk
from edgesdk.errors import DoesNotFit, EdgeError, UsageError
from edgesdk_backends.fpga.bitstream import handoff
from edgesdk_backends.fpga.bitstream.fabric import Fabric
from edgesdk_backends.fpga.bitstream.handoff import bitstream_parts
from edgesdk_backends.fpga.boards import read_board
from tests.backends_fpga.device.bit_files import bit, bitstream
from tests.models.bitnet_random import random_bitnet

BOARD = read_board("kv260")


def refused(path: Path, identity: str = "EDGE-02184") -> str:
    with pytest.raises(UsageError) as caught:
        bitstream_parts(path, BOARD)
    assert caught.value.id == identity
    return caught.value.evidence


def test_it_goes_in_with_its_handoff_file(user_folder: Path) -> None:
    path = bitstream(user_folder)
    model = random_bitnet(user_folder / "model", 22)
    options = {"bitstream": str(path), "clock": "250"}
    with edgesdk.compile(model, BOARD.target, options=options) as bundle:
        manifest = bundle.manifest
        assert bundle.read_part(manifest.part("bitstream")) == path.read_bytes()
        assert bundle.read_part(manifest.part("hwh")) == path.with_suffix(".hwh").read_bytes()
    assert manifest.provenance.options["clock"] == "250"
    assert manifest.provenance.options["bitstream"] == "design.bit"


def test_nothing_is_signed_with_one_that_is_none(user_folder: Path) -> None:
    path = bitstream(user_folder)
    path.write_bytes(os.urandom(1000))
    model = random_bitnet(user_folder / "model", 22)
    with pytest.raises(EdgeError) as caught:
        edgesdk.compile(model, BOARD.target, options={"bitstream": str(path)})
    assert caught.value.id == "EDGE-02184"


def test_files_that_are_no_bitstreams(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "absent.bit")
    assert "not a file" in refused(tmp_path)
    path = bitstream(tmp_path)
    for content in (
        b"hello",
        b"\xff" * 1000,
        bit()[:40],
        bit()[1:],
        path.with_suffix(".hwh").read_bytes(),
    ):
        path.write_bytes(content)
        assert "does not begin as a .bit file" in refused(path)
    path.write_bytes(b"")
    assert "it is empty" in refused(path)
    path.write_bytes(bit()[:-1])
    assert "1 bytes are missing" in refused(path)
    assert "does not begin" in refused(path.with_suffix(".hwh"))


def test_what_has_no_end_is_not_read(tmp_path: Path) -> None:
    """A pipe would wait for a writer; a device gives bytes for ever and has no size."""
    path = bitstream(tmp_path)
    path.unlink()
    os.mkfifo(path)
    assert "not a file" in refused(path)
    assert "not a file" in refused(Path("/dev/zero"))


def test_what_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = bitstream(tmp_path)
    with path.open("r+b") as file:
        file.truncate((64 << 20) + 1)  # a hole: it takes no room on the disk
    assert f"at most {64 << 20} bytes" in refused(path)


def test_of_another_board(tmp_path: Path) -> None:
    """Both files agree, and are of no use on the board that the bundle is for."""
    path = bitstream(tmp_path)
    path.write_bytes(bit(part="xczu7ev-ffvc1156-2-e"))
    text = path.with_suffix(".hwh").read_text()
    path.with_suffix(".hwh").write_text(
        text.replace('"xck26"', '"xczu7ev"').replace('"sfvc784"', '"ffvc1156"')
    )
    assert "it is for xczu7ev-ffvc1156-2-e; a kv260 has an xck26-sfvc784" in refused(path)


def test_handoff_files_of_something_else(tmp_path: Path) -> None:
    path = bitstream(tmp_path)
    other = path.with_suffix(".hwh")
    text = other.read_text()
    other.write_text(text.replace('NAME="emulated"', 'NAME="another"'))
    assert "its own another" in refused(path, "EDGE-02162")
    other.write_text(text.replace('"HIDDEN', '"HIDDEN_SIZE').replace('"hidden', '"hidden_size'))
    refused(path, "EDGE-02164")  # registers of another version
    other.write_text(text.replace("edge_decoder", "another_block"))
    refused(path, "EDGE-02163")
    other.unlink()
    refused(path, "EDGE-02161")
    os.mkfifo(other)
    assert "not a file" in refused(path, "EDGE-02161")


def test_what_was_looked_at_is_what_goes_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files change right after they were read."""
    path = bitstream(tmp_path)
    wanted = [path.read_bytes(), path.with_suffix(".hwh").read_bytes()]
    check = handoff.checked_hardware

    def changed(*arguments: object) -> object:
        path.write_bytes(b"other")
        path.with_suffix(".hwh").write_bytes(b"other")
        return check(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(handoff, "checked_hardware", changed)
    assert [content for _, _, content in bitstream_parts(path, BOARD)] == wanted


@pytest.mark.parametrize("call", ["tempfile.TemporaryDirectory", "pathlib.Path.write_bytes"])
def test_no_room_to_unpack_it(
    user_folder: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """On a board it lies in the folder of temporary files while it is loaded."""
    options = {"bitstream": str(bitstream(user_folder))}

    def full(*arguments: object, **_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/tmp/a")

    model = random_bitnet(user_folder / "model", 22)
    with edgesdk.compile(model, BOARD.target, options=options) as bundle:
        monkeypatch.setattr(call, full)
        with pytest.raises(DoesNotFit) as caught:
            Fabric(bundle.manifest, bundle.read_part)
    assert caught.value.id == "EDGE-0932"
    assert "No space left on device" in caught.value.evidence
