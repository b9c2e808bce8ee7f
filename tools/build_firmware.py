"""Build the firmware of every board: python tools/build_firmware.py [--check] [--compiler gcc].

Writes backends/mcu/images: the boot stage and the application of each board as they lie in memory,
and manifest.json with their hashes and sizes. The same sources give the same bytes on any machine,
with the pinned zig. ``--check`` builds anew and fails on any difference; ``--report`` prints
sizes by source. ``--compiler gcc`` (arm-none-eabi-gcc) builds into build/firmware-gcc only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from firmware.board import ROOT, boards
from firmware.compiler import Compiler, gcc, zig
from firmware.elf import flat, intel_hex, sizes
from firmware.report import by_source, table
from firmware.stages import Tree

IMAGES = ROOT / "backends" / "mcu" / "images"
VERSION = "0.1.0"


def main() -> None:
    """Build, then write or compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with what is shipped")
    parser.add_argument("--report", action="store_true", help="sizes by source")
    parser.add_argument("--compiler", choices=["zig", "gcc"], default="zig")
    chosen = parser.parse_args()
    compiler = gcc() if chosen.compiler == "gcc" else zig()
    out = ROOT / "build" / ("firmware-gcc" if chosen.compiler == "gcc" else "firmware")
    if chosen.check:
        shutil.rmtree(out / "objects", ignore_errors=True)
    files = build(compiler, out, chosen.report)
    print(files["manifest.json"].decode(), end="")
    if chosen.check:
        compare(files)
    elif chosen.compiler == "zig":
        write(files)


def build(compiler: Compiler, out: Path, report: bool) -> dict[str, bytes]:
    """Every file that is shipped, by name."""
    files: dict[str, bytes] = {}
    rows: dict[str, dict[str, object]] = {}
    for board in boards():
        tree = Tree(compiler, board, VERSION, out)
        for stage in ("boot", "app"):
            elf = tree.build(stage)
            name = f"{board.name}-{stage}.bin"
            content = files[name] = flat(elf)
            digest = hashlib.sha256(content).hexdigest()
            rows[name] = {"bytes": len(content), "sha256": digest, **asdict(sizes(elf))}
            if report:
                rows_of = by_source(elf, tree.objects(stage), board.zeroed(stage))
                print(table(name, rows_of, tree.sources(stage)))
        boot = board.layout["boot"]["address"]
        hexadecimal = intel_hex(files[f"{board.name}-boot.bin"], boot)
        (out / board.name / "boot.hex").write_text(hexadecimal)
    document = {"version": VERSION, "compiler": compiler.name, "images": rows}
    files["manifest.json"] = (json.dumps(document, indent=2) + "\n").encode()
    return files


def write(files: dict[str, bytes]) -> None:
    """Into backends/mcu/images; a reader sees each file old or new, never half."""
    IMAGES.mkdir(exist_ok=True)
    for name, content in files.items():
        with tempfile.NamedTemporaryFile(dir=IMAGES, delete=False) as file:
            file.write(content)
        Path(file.name).chmod(0o644)
        Path(file.name).replace(IMAGES / name)


def compare(files: dict[str, bytes]) -> None:
    """Fail on any difference from what is shipped."""
    shipped = {path.name: path.read_bytes() for path in IMAGES.glob("*.*")}
    wrong = [name for name, content in files.items() if shipped.get(name) != content]
    if wrong:
        raise SystemExit(f"not what these sources give: {', '.join(wrong)}; run make firmware")
    print("the shipped images are what these sources give")


if __name__ == "__main__":
    main()
