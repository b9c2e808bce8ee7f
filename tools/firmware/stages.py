"""What goes into the boot stage and the application of a board."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .board import ROOT, Board
from .compiler import WARNINGS, Compiler

FIRMWARE = ROOT / "firmware"
MONOCYPHER = ROOT / "build" / "monocypher"
FOLDERS = {
    "boot": ("boards/common", "secure", "lib/smp", "boot"),
    "app": (
        "boards/common",
        "secure",
        "lib/smp",
        "lib/nn",
        "lib/features",
        "lib/forest",
        "lib/sensing",
        "app",
    ),
}
FAST = FIRMWARE / "lib" / "nn"  # the kernels are built for speed, everything else for size
# The boot stage takes one request at a time, of half the size.
DEFINES = {"boot": ["-DEDGE_BOOT", "-DEDGE_SMP_BUFFERS=1", "-DEDGE_SMP_BUFFER=2304"], "app": []}


def _monocypher() -> Path:
    """Its one source, fetched where it is not there yet."""
    source = MONOCYPHER / "monocypher.c"
    if not source.exists():
        subprocess.run([sys.executable, str(ROOT / "tools" / "fetch_monocypher.py")], check=True)
    return source


@dataclass(frozen=True)
class Tree:
    """The sources with one compiler for one board; ``out`` is where everything goes."""

    compiler: Compiler
    board: Board
    version: str
    out: Path

    def build(self, stage: str) -> Path:
        """Compile and link; the ELF."""
        folder = self.out / self.board.name
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "board_data.h", self.board.header(self.version))
        script, target = folder / f"{stage}.ld", folder / f"{stage}.elf"
        _write(script, self.board.script(stage))
        written = folder / f"{stage}.{os.getpid()}.elf"
        self.compiler.link(self.objects(stage), script, written)
        written.replace(target)
        return target

    def objects(self, stage: str) -> list[Path]:
        """An object of each source."""
        return [self._object(source, stage) for source in self.sources(stage)]

    def sources(self, stage: str) -> list[Path]:
        """Every C file of the stage."""
        folders = [*FOLDERS[stage], f"boards/{self.board.name}"]
        own = [source for name in folders for source in sorted((FIRMWARE / name).glob("*.c"))]
        return [*own, _monocypher()]

    def _object(self, source: Path, stage: str) -> Path:
        own = source.is_relative_to(FIRMWARE)
        flags = [*DEFINES[stage], *(WARNINGS if own else ["-w"])]
        flags.append("-O3" if source.parent == FAST else "-Os")
        includes = [FIRMWARE / "boards" / "common" / "include", MONOCYPHER]
        # A change of any header compiles everything anew.
        seen = b"".join(header.read_bytes() for header in sorted(FIRMWARE.rglob("*.[hd]*")))
        if b'board.h"' in source.read_bytes():
            includes.append(self.out / self.board.name)
            seen += self.board.header(self.version).encode()
        flags += [flag for path in includes for flag in ("-I", str(path))]
        return self.compiler.compile(source, flags, seen, self.out / "objects")


def _write(path: Path, text: str) -> None:
    """Others may be building in the same folder: they see the old file or the new."""
    written = path.with_name(f"{path.name}.{os.getpid()}")
    written.write_text(text)
    written.replace(path)
