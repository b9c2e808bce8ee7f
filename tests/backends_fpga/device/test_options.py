"""What may stand in an address or behind --option, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgesdk.address import Address
from edgesdk.errors import UsageError
from edgesdk_backends.fpga.boards import read_board
from edgesdk_backends.fpga.options import OpenOptions, from_address, from_compile


def test_an_emulator_s_address() -> None:
    text = (
        "emu:fpga?engine=checked&name=second&memory=256&context=64&head=host&rescore=4&deadline=2.5"
        "&fault=hang:3&state=/tmp/boards"
    )
    found = from_address(Address.parse(text))
    assert (found.engine, found.name, found.memory) == ("checked", "second", 256)
    assert found.opening == OpenOptions(64, "host", 4, 2.5)
    assert (found.faults.kind, found.faults.after) == ("hang", 3)
    assert found.state == Path("/tmp/boards")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5", 5), ("2.5", 2.5), (".5", 0.5), ("5.", 5), ("1e2", 100), ("1E-1", 0.1)],
)
def test_numbers_are_written_in_many_ways(text: str, seconds: float) -> None:
    found = from_address(Address.parse(f"emu:fpga?deadline={text}&rescore=007"))
    assert (found.opening.deadline, found.opening.rescore) == (seconds, 7)


def test_nothing_at_all() -> None:
    for text in ("emu:fpga", "pynq:"):
        found = from_address(Address.parse(text))
        assert (found.engine, found.opening) == ("native", OpenOptions())
        assert not found.faults.kind


@pytest.mark.parametrize(
    ("address", "identity"),
    [
        ("emu:fpga?engine=fast", "EDGE-02180"),
        ("emu:fpga?name=../up", "EDGE-02180"),
        ("emu:fpga?memory=0", "EDGE-02180"),
        ("emu:fpga?memory=1e3", "EDGE-02180"),
        ("emu:fpga?context=-1", "EDGE-02180"),
        ("emu:fpga?context=99999999999999999999", "EDGE-02180"),
        ("emu:fpga?head=gpu", "EDGE-02180"),
        ("emu:fpga?rescore=257", "EDGE-02180"),
        ("emu:fpga?rescore=000000000000000000000000000999999999", "EDGE-02180"),
        ("emu:fpga?rescore=1_0", "EDGE-02180"),
        ("emu:fpga?rescore=\u0661", "EDGE-02180"),
        ("emu:fpga?deadline=1_0", "EDGE-02180"),
        ("emu:fpga?deadline=\u0661", "EDGE-02180"),
        ("emu:fpga?deadline=inf", "EDGE-02180"),
        ("emu:fpga?deadline=nan", "EDGE-02180"),
        ("emu:fpga?deadline=0", "EDGE-02180"),
        ("emu:fpga?store=/tmp", "EDGE-02180"),
        ("emu:fpga?fault=fire", "EDGE-02160"),
        ("pynq:?engine=native", "EDGE-02180"),
        ("pynq:?fault=hang", "EDGE-02180"),
        ("pynq:?store=", "EDGE-02180"),
    ],
)
def test_wrong_addresses(address: str, identity: str) -> None:
    with pytest.raises(UsageError) as caught:
        from_address(Address.parse(address))
    assert caught.value.id == identity
    option = address.partition("?")[2].partition("=")[0]
    assert option in caught.value.what


def test_compile_options() -> None:
    found = from_compile({"bitstream": "a.bit", "clock": "187.5", "head": "host", "context": "9"})
    assert (found.bitstream, found.clock) == (Path("a.bit"), 187.5)
    assert (found.head, found.context, found.rescore) == ("host", 9, None)


@pytest.mark.parametrize(
    ("options", "identity"),
    [
        ({"heat": "1"}, "EDGE-0209"),
        ({"clock": "0"}, "EDGE-02181"),
        ({"clock": "fast"}, "EDGE-02181"),
        ({"context": "0"}, "EDGE-02181"),
        ({"head": "cpu"}, "EDGE-02181"),
        ({"rescore": "-1"}, "EDGE-02181"),
        ({"bitstream": ""}, "EDGE-02181"),
    ],
)
def test_wrong_compile_options(options: dict[str, str], identity: str) -> None:
    with pytest.raises(UsageError) as caught:
        from_compile(options)
    assert caught.value.id == identity


def test_boards() -> None:
    assert read_board("kv260").target == "fpga:kv260"
    for name in ("kv261", "", "../kv260", "KV260"):
        with pytest.raises(UsageError) as caught:
            read_board(name)
        assert caught.value.id == "EDGE-02182"
        assert "kv260" in caught.value.evidence
