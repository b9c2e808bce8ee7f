"""The examples of ``docs/nand.md`` run as written, and print what they show."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.docs.examples import ROOT, run_examples


def test_every_example(user_folder: Path) -> None:
    shutil.copytree(ROOT / "models" / "story", user_folder / "story")
    run_examples("docs/nand.md")
