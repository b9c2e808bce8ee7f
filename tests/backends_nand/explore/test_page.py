"""The examples of ``docs/nand-explore.md`` run as written, and print what they show."""

from __future__ import annotations

import re

import pytest

from edgesdk_backends.nand.experts.policy import READERS
from edgesdk_backends.nand.explore import OBJECTIVES
from edgesdk_backends.nand.explore.keys import CONTEXT, PREDICTION_READERS, PRESET
from tests.docs.examples import ROOT, blocks, run_examples

PAGE = "docs/nand-explore.md"


@pytest.mark.usefixtures("user_folder")
def test_every_example() -> None:
    run_examples(PAGE)


def test_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    (script,) = blocks(PAGE, "python")
    exec(compile(script, PAGE, "exec"), {"__name__": "__main__"})
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 3
    assert all("'tokens_per_second': " in row for row in rows)


def test_it_names_every_objective_and_option() -> None:
    named = re.findall(r"^\| `(\w+)` \|", (ROOT / PAGE).read_text(), re.M)
    keys = {PRESET, CONTEXT, *PREDICTION_READERS}
    assert set(named) == {objective.name for objective in OBJECTIVES} | keys | set(READERS)
