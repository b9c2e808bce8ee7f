"""Deploys through an agent whose host dies, whose disk is full, or who is lied to."""

from __future__ import annotations

import hashlib
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import edgesdk
from edgesdk import Bundle
from edgesdk.agent.wire.plain import to_plain
from edgesdk.bundle import write_bundle
from edgesdk.bundle.keys import key_folder
from edgesdk.bundle.signing import generate
from edgesdk.store import StoreDevice
from tests.agent.raw_deploy import MortalHost, deploy
from tests.agent.raw_host import Gone, RawHost
from tests.counting import Count
from tests.models.variants import X

Start = Callable[..., RawHost]


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A device with a store of its own; in memory, where that can be: stores wait for disks."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else tmp_path) as at:
        yield f"cpu:?store={at}/store"


def connected(host: RawHost, address: str) -> RawHost:
    host.hello()
    host.call("connect", address=address)
    return host


def installed(address: str) -> list[str]:
    """The version that the store serves, once it is seen to answer as that one does."""
    with edgesdk.connect(address) as device:
        rows = device.models()
        for row in rows:
            with device.open(row.name) as session:
                factor = session.run({"x": X})["y"].ravel()[1]
            assert row.version == {2: "1.0.0", 3: "2.0.0"}[factor]
        return [row.version for row in rows]


def spool_of(board: Path) -> list[Path]:
    return [path for path in board.glob("state/agent/spool/*") if path.is_file()]


def test_a_deploy_and_what_is_left_of_it(
    agent: Start, address: str, bundles: list[Bundle], board: Path
) -> None:
    host = connected(agent(), address)
    sizes = sum(part.size for part in bundles[0].manifest.parts)
    assert deploy(MortalHost(host), bundles[0]) == sizes
    assert installed(address) == ["1.0.0"]
    assert deploy(MortalHost(host), bundles[1]) == sizes
    assert host.call("rollback", name="scale")["model"]["version"] == "1.0.0"
    assert host.call("models")["models"][0]["previous_version"] == "2.0.0"
    assert spool_of(board) == []
    assert host.end() == (0, "")


def leaves(host: RawHost) -> None:
    """The host dies."""
    assert host.end() == (0, "")


def kills(host: RawHost) -> None:
    """The agent dies."""
    host.process.kill()
    assert host.ended()[0] == -signal.SIGKILL


def cut_everywhere(
    start: Callable[[int], MortalHost],
    cuts: int,
    address: str,
    bundles: list[Bundle],
    board: Path,
    end: Callable[[RawHost], None] = leaves,
) -> list[str]:
    """The versions that are installed after each cut of a deploy of the second over the first."""
    found = []
    for cut in range(1, cuts + 1):
        for sent in spool_of(board):  # else what had come before the last cut would not be sent
            sent.unlink()
        host = start(cut)
        with pytest.raises(Gone):
            deploy(host, bundles[1])
        end(host.host)
        found += installed(address)
        if found[-1] == "2.0.0":  # the next cut begins with the old one
            with edgesdk.connect(address) as device:
                edgesdk.deploy(bundles[0], device)
    return found


def whole_deploy(host: RawHost, bundle: Bundle) -> tuple[int, int]:
    """Frames and requests of a deploy that nothing disturbs."""
    whole, before = MortalHost(host), host.sent
    deploy(whole, bundle)
    host.end()
    return host.sent - before, whole.requests


def test_a_host_that_dies_after_any_frame_leaves_the_old_or_the_new_model(
    agent: Start, address: str, bundles: list[Bundle], board: Path, count: Count
) -> None:
    frames, _ = whole_deploy(connected(agent(), address), bundles[0])

    def start(cut: int) -> MortalHost:
        host = connected(agent(), address)
        host.dies_after = host.sent + cut
        return MortalHost(host)

    found = cut_everywhere(start, frames, address, bundles, board)
    # Whether what the last frame asks for still happens is the agent's choice.
    assert len(found) == frames >= 18 and set(found[:-1]) == {"1.0.0"}
    count("host dies after a frame: cuts", frames)


def test_an_agent_that_dies_after_any_answer_leaves_the_old_or_the_new_model(
    agent: Start, address: str, bundles: list[Bundle], board: Path, count: Count
) -> None:
    _, requests = whole_deploy(connected(agent(), address), bundles[0])

    def start(cut: int) -> MortalHost:
        return MortalHost(connected(agent(), address), answers=cut)

    found = cut_everywhere(start, requests, address, bundles, board, kills)
    assert found == ["1.0.0"] * (requests - 1) + ["2.0.0"] and requests >= 14
    deploy(start(0), bundles[0])
    assert installed(address) == ["1.0.0"]
    count("agent dies after an answer: cuts", requests)


def test_a_host_that_dies_within_a_frame_is_no_different(
    agent: Start, address: str, bundles: list[Bundle]
) -> None:
    for cut in (1, 4, 20):
        host = connected(agent(), address)
        signed = bundles[0].signed
        host.call("begin", [signed.data, signed.signature_member])
        host.raw(b"\0\0\1\0\xa4dkind"[:cut])
        code, said = host.end()
        assert code == 6 and "in the middle of a frame" in said
        assert installed(address) == []
    deploy(MortalHost(connected(agent(), address)), bundles[0])


def test_what_had_come_is_not_sent_again(agent: Start, address: str, bundles: list[Bundle]) -> None:
    parts = bundles[0].manifest.parts
    cut = MortalHost(connected(agent(), address), answers=6)
    with pytest.raises(Gone):  # check, begin, wants, have, upload, stage
        deploy(cut, bundles[0])
    cut.host.end()
    again = connected(agent(), address)
    assert deploy(MortalHost(again), bundles[0]) == sum(part.size for part in parts[1:])


def test_a_full_disk_loses_nothing(
    agent: Start, address: str, bundles: list[Bundle], board: Path
) -> None:
    first = connected(agent(), address)
    deploy(MortalHost(first), bundles[0])
    first.end()
    host = connected(agent("full"), address)  # no file may have more than 100,000 bytes
    data = np.random.Generator(np.random.PCG64(7)).bytes(150_000)
    key = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    error = host.refused("upload", [data], **key, offset=0)
    assert (error["type"], error["code"]) == ("DoesNotFit", 52)
    assert host.call("have", **key)["size"] == 100_000
    host.end()
    assert installed(address) == ["1.0.0"]
    more = connected(agent(), address)
    assert more.call("upload", [data[100_000:]], **key, offset=100_000)["size"] == 150_000


def test_the_room_is_that_of_all_that_a_deploy_writes_to_the_same_disk(
    agent: Start, bundles: list[Bundle], board: Path
) -> None:
    host, signed = connected(agent(), f"cpu:?store={board}/roomy"), bundles[0].signed
    sent = sum(part.size for part in bundles[0].manifest.parts)

    def needed() -> int:
        row = host.call("check", [signed.data, signed.signature_member])["rows"][-1]
        assert row["resource"] == "room for uploads" and row["fits"]
        return int(row["needed"].split()[0].replace(",", ""))

    with edgesdk.connect(f"cpu:?store={board}/roomy") as device:
        assert isinstance(device, StoreDevice)
        takes = device.takes(signed)
    assert takes > sent and needed() == sent + takes
    part = bundles[0].manifest.parts[0]
    key = {"sha256": part.sha256, "size": part.size}
    host.call("upload", [bundles[0].read_part(part)], **key, offset=0)
    assert needed() == sent + takes - part.size
    deploy(MortalHost(host), bundles[0])
    deploy(MortalHost(host), bundles[1])
    assert needed() < sent + takes  # the slot's content goes before


def test_a_part_must_have_come_and_be_of_this_deploy(
    agent: Start, address: str, bundles: list[Bundle]
) -> None:
    host = connected(agent(), address)
    part = bundles[0].manifest.parts[0]
    key = {"sha256": part.sha256, "size": part.size}
    host.call("upload", [bundles[0].read_part(part)], **key, offset=0)
    assert host.refused("stage", part=to_plain(part))["code"] == 291
    host.call("begin", [bundles[0].signed.data, bundles[0].signed.signature_member])
    for changed in ({"name": "../x"}, {"sha256": "0" * 64}, {"size": 1}, {"role": "other"}):
        assert host.refused("stage", part={**to_plain(part), **changed})["code"] == 291
    other = bundles[0].manifest.parts[1]
    assert "0 of" in host.refused("stage", part=to_plain(other))["evidence"]
    assert host.call("stage", part=to_plain(part))["sha256"] == part.sha256
    host.call("revert")
    assert host.refused("stage", part=to_plain(part))["code"] == 291


def test_a_manifest_that_is_not_signed_is_not_looked_at(
    agent: Start, address: str, bundles: list[Bundle]
) -> None:
    host = connected(agent(), address)
    signed = bundles[0].signed
    for blobs in (
        [signed.data + b" ", signed.signature_member],
        [signed.data, bytes(96)],
        [bytes(70_000), signed.signature_member],
        [signed.data, b""],
    ):
        for call in ("check", "begin"):
            assert host.refused(call, blobs)["type"] in ("SignatureRefused", "FormatRefused")
    assert host.refused("check", [signed.data])["code"] == 291


def uploaded(host: RawHost, path: Path) -> dict[str, object]:
    data = path.read_bytes()
    key: dict[str, object] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    host.call("upload", [data], **key, offset=0)
    return key


def test_a_bundle_in_place_needs_a_key_that_the_board_trusts(
    agent: Start, address: str, bundles: list[Bundle], tmp_path: Path
) -> None:
    host = connected(agent(), address)
    good = MortalHost(host).call("open_bundle", **uploaded(host, bundles[0].path))
    answer = MortalHost(host).run(good["session"]["session"], {"x": X})
    assert np.array_equal(answer["y"], 2 * X)
    stranger = generate()
    content = {p.name: bundles[0].read_part(p) for p in bundles[0].manifest.parts}
    write_bundle(tmp_path / "stranger.edge", bundles[0].manifest, content, stranger)
    key = uploaded(host, tmp_path / "stranger.edge")
    assert host.refused("open_bundle", **key)["type"] == "SignatureRefused"
    host.call("trust", key=stranger.public)
    assert host.call("open_bundle", **key)["session"]["outputs"][0]["name"] == "y"
    host.call("distrust", key=stranger.public)
    assert host.refused("open_bundle", **key)["type"] == "SignatureRefused"
    assert not list(key_folder().glob("stranger*"))


def test_what_is_no_bundle_is_refused(agent: Start, address: str, tmp_path: Path) -> None:
    host = connected(agent(), address)
    (tmp_path / "no.edge").write_bytes(b"PK\3\4" + bytes(100))
    key = uploaded(host, tmp_path / "no.edge")
    assert host.refused("open_bundle", **key)["type"] == "FormatRefused"
