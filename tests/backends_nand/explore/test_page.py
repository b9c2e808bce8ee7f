"""The examples of ``docs/nand-explore.md`` run as written, and print what they show."""

from __future__ import annotations

import re

import pytest

from edgesdk_backends.nand.experts.policy import READERS
from edgesdk_backends.nand.explore import OBJECTIVES
from edgesdk_backends.nand.explore.keys import CONTEXT, PREDICTION_READERS, PRESET
from tests.docs.examples import DOCS, run_examples

PAGE = (DOCS / "nand-explore.md").read_text()
SCRIPTS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)


@pytest.mark.usefixtures("user_folder")
def test_every_example() -> None:
    run_examples("nand-explore.md")


def test_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    (script,) = SCRIPTS
    exec(compile(script, "docs/nand-explore.md", "exec"), {"__name__": "__main__"})
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 3
    assert all("'tokens_per_second': " in row for row in rows)


def test_it_names_every_objective_and_option() -> None:
    named = re.findall(r"^\| `(\w+)` \|", PAGE, re.M)
    keys = {PRESET, CONTEXT, *PREDICTION_READERS}
    assert set(named) == {objective.name for objective in OBJECTIVES} | keys | set(READERS)
