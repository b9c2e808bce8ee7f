"""The examples in the documentation run as they stand."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.docs.examples import ROOT, blocks


@pytest.fixture
def folder(user_folder: Path) -> Path:
    shutil.copy(ROOT / "models" / "sound" / "sound.onnx", user_folder)
    shutil.copytree(ROOT / "models" / "story", user_folder / "story")
    return user_folder


@pytest.mark.parametrize("page", ["docs/python-api.md", "docs/language-models.md", "README.md"])
def test_python_blocks(page: str, folder: Path) -> None:
    import numpy as np

    space: dict[str, object] = {"samples": np.zeros(80000, np.float32)}
    for block in blocks(page, "python"):
        exec(compile(block, page, "exec"), space)


def test_every_link_within_the_project_leads_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("models/*/*.md")]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"
