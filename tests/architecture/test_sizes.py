"""Files stay small enough to be read at one sitting."""

from __future__ import annotations

from functools import cache
from statistics import median

from tests.architecture.house import ROOT

FOLDERS = ("edgesdk", "backends", "tools", "tests", "firmware", "hls")
ENDINGS = {".py", ".c", ".h", ".cpp", ".hpp", ".sv", ".tcl"}
MEDIAN, MOST = 150, 500


@cache
def sizes() -> dict[str, int]:
    """Lines of each source file, by its path."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes().count(b"\n")
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in ENDINGS
        and not path.name.endswith("_abi.py")  # what a build makes
        and "build" not in path.relative_to(ROOT).parts
    }


def test_the_median_of_source_files_is_small() -> None:
    assert len(sizes()) > 900
    assert median(sizes().values()) <= MEDIAN


def test_no_source_file_is_long() -> None:
    long = {path: lines for path, lines in sizes().items() if lines > MOST}
    assert not long


def test_most_of_what_is_shipped_is_shorter_than_the_houses_own_rule() -> None:
    """250 lines: a file beyond it wants a reason. There are few, and they do not become more."""
    shipped = {p: n for p, n in sizes().items() if p.startswith(("edgesdk/", "backends/"))}
    over = {path: lines for path, lines in shipped.items() if lines > 250 and path.endswith(".py")}
    assert len(over) <= 4, over
