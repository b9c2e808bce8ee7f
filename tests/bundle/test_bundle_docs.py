"""docs/bundle-format.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edgesdk.bundle import limits, read_bundle, write_bundle

from .builders import KEY, PARTS, TRUSTED, manifest
from .example import parse, render

PAGE = Path(__file__).parents[2] / "docs" / "bundle-format.md"


def test_the_example_is_the_bundle_that_the_writer_makes(tmp_path: Path) -> None:
    page = PAGE.read_text("utf-8")
    assert f"```text\n{render()}```\n" in page
    write_bundle(tmp_path / "made.edge", manifest(), PARTS, KEY)
    assert parse(page) == (tmp_path / "made.edge").read_bytes()


def test_the_example_is_read(tmp_path: Path) -> None:
    path = tmp_path / "example.edge"
    path.write_bytes(parse(PAGE.read_text("utf-8")))
    with read_bundle(path, TRUSTED) as bundle:
        assert {part.name: bundle.read_part(part) for part in bundle.manifest.parts} == PARTS


@pytest.mark.parametrize(
    ("row", "limit"),
    [
        ("manifest", limits.MANIFEST),
        ("whole file", limits.ARCHIVE),
        ("parts", limits.PARTS),
        ("axes of a tensor", limits.RANK),
        ("size of an axis", limits.DIMENSION),
        ("golden vectors", limits.VECTORS),
        ("characters of an integer in the manifest", limits.INTEGER_DIGITS),
    ],
)
def test_the_limits_are_those_of_the_code(row: str, limit: int) -> None:
    found = re.search(rf"^\| {row} \| ([0-9,]+)", PAGE.read_text("utf-8"), re.MULTILINE)
    assert found and int(found[1].replace(",", "")) == limit


def test_every_refusal_of_the_readers_is_listed() -> None:
    """Each id that this package's own code raises with an explicit number."""
    folder = Path(limits.__file__).parent
    readers = ["archive", "signed", "manifest", "strict_json", "rules", "regular_file"]
    source = "".join(
        (folder / f"{name}.py").read_text("utf-8") for name in [*readers, "part_reader", "golden"]
    )
    page = PAGE.read_text("utf-8")
    refused = {int(code) for code in re.findall(r"code=(\d+)", source)}
    ids = {f"EDGE-{2 if code >= 40 else 8:02d}{code:02d}" for code in refused - {50}}
    assert len(ids) >= 12
    assert {identifier for identifier in ids if identifier not in page} == set()
