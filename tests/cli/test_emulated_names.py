"""A new name makes a new emulated device: a mistyped one is noticed."""

from __future__ import annotations

from pathlib import Path

from edgesdk.address import Address
from edgesdk.emulated import note_of_new

from .conftest import Edge


def test_a_new_name_of_an_emulated_device_is_told_of(edge: Edge, home: Path) -> None:
    boards = home.parent / "state" / "boards"
    boards.mkdir(parents=True)
    for name in ("board", "other"):
        (boards / f"{name}-unicorn.flash").touch()
    for kind in ("emu:mcu", "emu:fpga", "emu:nand"):
        assert f"{kind}?name=bord is a new" in note_of_new(Address.parse(f"{kind}?name=bord"))
        assert note_of_new(Address.parse(kind)) == ""
    assert note_of_new(Address.parse("emu:mcu?name=other")) == ""
    assert "there: board, other" in note_of_new(Address.parse("emu:mcu?name=ohter"))
    for kind in ("emu:nand", "emu:fpga"):
        done = edge("run", "scale", "-d", f"{kind}?name=bord")
        assert f"note: {kind}?name=bord is a new emulated device, without a model" in done.err
        for command in ("serve", "chat", "rollback"):
            told = edge(command, "scale", "-d", f"{kind}?name=bord-{command}").err
            assert told.count("is a new emulated device") == 1
        assert "new" not in edge("run", "scale", "-d", f"{kind}?name=bord", "-q").err
