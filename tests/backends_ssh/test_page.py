"""The examples of ``docs/remote-boards.md`` run as they stand, on a board behind a pipe."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.docs.examples import ROOT, run_examples

PAGE = "docs/remote-boards.md"


def test_the_page(board: Path) -> None:
    shutil.copy(ROOT / "models" / "sound" / "sound.onnx", board)
    run_examples(PAGE)


def test_every_id_of_the_page_is_one() -> None:
    """Those of its tables lead to sections of the page of errors."""
    errors = (ROOT / "docs/errors.md").read_text()
    words = (ROOT / PAGE).read_text().replace("(", " ").replace(")", " ").split()
    ids = {word.strip(".,:;") for word in words if word.startswith("EDGE-")}
    assert len(ids) > 5
    assert not [identity for identity in ids if f"## {identity}\n" not in errors]
