"""The firmware that is shipped: what it is, and that it is what the sources give."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from intelhex import IntelHex

from edgesdk_backends.mcu.emulator import BOARDS, boot_image
from tools.firmware.board import HEADER, ROOT, Board, boards
from tools.firmware.compiler import WARNINGS, Compiler, zig
from tools.firmware.elf import flat, intel_hex, sizes, symbols
from tools.firmware.report import by_folder, by_source, table
from tools.firmware.stages import FIRMWARE, Tree

from .stand_in import StandIn

COMMON = ("layout", "startup", "strings", "tick", "vectors")
IMAGES = boot_image("nrf5340").parent
every_board = pytest.mark.parametrize("board", boards(), ids=lambda board: board.name)


def image(board: Board, stage: str) -> bytes:
    return (IMAGES / f"{board.name}-{stage}.bin").read_bytes()


def test_the_manifest_describes_the_images() -> None:
    manifest = json.loads((IMAGES / "manifest.json").read_text())
    names = {f"{board.name}-{stage}.bin" for board in boards() for stage in ("boot", "app")}
    assert set(manifest["images"]) == names
    for name, row in manifest["images"].items():
        content = (IMAGES / name).read_bytes()
        assert row["bytes"] == len(content)
        assert row["sha256"] == hashlib.sha256(content).hexdigest()
        assert row["text"] + row["data"] <= row["bytes"] < row["text"] + row["data"] + 32
    assert manifest["compiler"] == "zig 0.17.0"


@every_board
def test_both_stages_fit_and_start_with_their_vectors(board: Board) -> None:
    layout = board.layout
    boot, load = layout["boot"], layout["load"]
    places = {
        "boot": (boot["address"], boot["size"]),
        "app": (load["address"] + HEADER, load["size"] - HEADER),
    }
    for stage, (start, room) in places.items():
        content = image(board, stage)
        assert len(content) <= room
        stack, entry = struct.unpack_from("<2I", content)
        assert stack % 8 == 0
        assert entry % 2 == 1
        assert start <= entry < start + len(content)


@every_board
@pytest.mark.parametrize("stage", ["boot", "app"])
def test_no_place_and_no_time_of_the_build_is_inside(board: Board, stage: str) -> None:
    content = image(board, stage)
    for words in (str(ROOT).encode(), str(Path.home()).encode() + b"/", b"firmware/lib"):
        assert words not in content


@every_board
def test_the_layout_does_not_overlap(board: Board) -> None:
    layout, flash = board.layout, board.description["flash"]
    parts = [(offset, flash["page"]) for offset in layout["record"]]
    for name in ("firmware", "model"):
        parts += [(offset, layout[name]["size"]) for offset in layout[name]["offset"]]
    if layout["boot"]["address"] == flash["base"]:
        parts.append((0, layout["boot"]["size"]))
    parts.sort()
    for (start, size), (following, _) in zip(parts, [*parts[1:], (flash["size"], 0)], strict=True):
        assert start % flash["page"] == size % flash["page"] == 0
        assert start + size <= following
    # The application must not lie where the boot stage works while it copies it.
    assert layout["load"]["address"] + layout["load"]["size"] <= layout["boot_ram"]["address"]
    end = layout["boot_ram"]["address"] + layout["boot_ram"]["size"]
    assert end <= layout["retained"]["address"]


def test_sizes_add_up(tmp_path: Path) -> None:
    [board] = [board for board in boards() if board.name == BOARDS["unicorn"]]
    tree = StandIn(zig(), board, "0.0.0", ROOT / "build" / "firmware-test")
    elf = tree.build("boot")
    found = sizes(elf)
    assert len(flat(elf)) - 32 < found.text + found.data <= len(flat(elf))
    rows = by_source(elf, tree.objects("boot"), board.zeroed("boot"))
    assert sum(stored for stored, _ in rows.values()) == found.text + found.data
    assert rows["serial.c"][1] > 16384  # its ring
    folders = by_folder(rows, tree.sources("boot"))
    assert folders["common"] == sum(rows[f"{name}.c"][0] for name in COMMON if f"{name}.c" in rows)
    assert "stand_in.c" in table("stand-in", rows, tree.sources("boot"))
    names = {name for name, _, _ in symbols(elf)}
    assert {"main", "reset_handler", "edge_vectors"} <= names


def test_a_hex_file_says_the_same() -> None:
    """Read back with the library that debuggers' tools use."""
    content = image(boards()[0], "boot")
    read = IntelHex(io.StringIO(intel_hex(content, 0x1000FFF8)))
    assert read.minaddr() == 0x1000FFF8
    assert read.tobinstr() == content


class Strict(Tree):
    """The ports alone, with warnings of another compiler."""

    def sources(self, stage: str) -> list[Path]:
        return [s for s in super().sources(stage) if s.is_relative_to(FIRMWARE / "boards")]


@pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="no arm-none-eabi-gcc")
@every_board
def test_the_ports_are_clean_for_gcc_too(board: Board, tmp_path: Path) -> None:
    flags = ["-mcpu=cortex-m33", "-mthumb", "-mfloat-abi=hard", "-ffreestanding"]
    tree = Strict(Compiler("gcc", ["arm-none-eabi-gcc"], flags, []), board, "0.0.0", tmp_path)
    (tmp_path / board.name).mkdir()
    (tmp_path / board.name / "board_data.h").write_text(board.header("0.0.0"))
    for stage in ("boot", "app"):
        assert len(tree.objects(stage)) == len(tree.sources(stage)) >= 7
    assert "-Werror" in WARNINGS


@pytest.mark.long
def test_the_shipped_images_are_what_the_sources_give() -> None:
    command = [sys.executable, str(ROOT / "tools" / "build_firmware.py"), "--check"]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-2000:]


@pytest.mark.long
def test_another_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    """Nothing of the first build's is there: neither objects nor the compiler's cache."""
    for name in ("firmware", "tools", "backends/mcu/boards", "backends/mcu/images"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "build" / "monocypher", tmp_path / "build" / "monocypher")
    command = [sys.executable, "tools/build_firmware.py", "--check"]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr[-2000:]
