"""Sizes by source file, from the symbols of an image and of the objects it was linked from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from .elf import sizes, symbols


def by_source(elf: Path, objects: Sequence[Path], ram: int) -> dict[str, tuple[int, int]]:
    """For each source: bytes of code and constants, bytes of zeroed memory (from ``ram`` on)."""
    owner = {(name, length): _source(path) for path in objects for name, _, length in symbols(path)}
    stored: Counter[str] = Counter()
    zeroed: Counter[str] = Counter()
    places = {address: (name, length) for name, address, length in symbols(elf)}  # no aliases
    for address, (name, length) in places.items():
        where = zeroed if address >= ram else stored
        where[owner.get((name, length), "the compiler's runtime")] += length
    stored["literals, alignment"] = sizes(elf).text + sizes(elf).data - sum(stored.values())
    return {name: (stored[name], zeroed[name]) for name in stored | zeroed}


def by_folder(rows: dict[str, tuple[int, int]], sources: Sequence[Path]) -> dict[str, int]:
    """Bytes of code and constants of each folder."""
    folders: Counter[str] = Counter()
    for source in sources:
        folders[source.parent.name] += rows.get(source.name, (0, 0))[0]
    return folders


def table(title: str, rows: dict[str, tuple[int, int]], sources: Sequence[Path]) -> str:
    """The largest first; then sums by folder, of which nn is the runtime and its kernels."""
    lines = [f"\n{title:32} {'stored':>8} {'zeroed':>8}  bytes"]
    order = sorted(rows, key=lambda name: (-sum(rows[name]), name))
    lines += [f"  {name:30} {rows[name][0]:8} {rows[name][1]:8}" for name in order]
    stored, zeroed = (sum(row[i] for row in rows.values()) for i in (0, 1))
    lines.append(f"  {'all':30} {stored:8} {zeroed:8}")
    folders = by_folder(rows, sources)
    return "\n".join([*lines, *(f"  in {name:27} {folders[name]:8}" for name in sorted(folders))])


def _source(path: Path) -> str:
    return path.stem.rsplit("-", 1)[0] + ".c"
