"""The study of docs/nand-errors.md, measured again."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgesdk.error_study import Plan, shortened, study
from edgesdk.formats.llama2c.model import read_llama2c
from tests.backends_nand.device.models_in_ram import studied

DOCUMENT = Path(__file__).parents[3] / "docs/nand-errors.md"
CORRECTIONS = ["none", "exact", "secded", "words"]
RATES = [1e-7, 1e-5, 1e-4, 2e-4, 8e-4, 1e-2]
SEEDS, TOKENS = 5, 200


def told() -> dict[str, list[str]]:
    """The rows of the table by their first column."""
    text = DOCUMENT.read_text(encoding="utf-8")
    lines = text[text.index("| x | none | exact | secded | words |") :].split("\n\n")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines.splitlines()]
    return {row[0]: row[1:] for row in cells[2:]}


def pair(cell: str) -> list[float]:
    """Perplexity, and the share of tokens kept."""
    perplexity, kept = cell.split(",")
    return [float(perplexity), float(kept.removesuffix("%")) / 100]


def test_the_table_is_whole() -> None:
    rows = told()
    first, *rates = rows
    assert first == "without errors"
    assert [float(rate) for rate in rates] == RATES
    assert all(len(row) == len(CORRECTIONS) for row in rows.values())


@pytest.mark.long
def test_the_table_is_measured(data: Path) -> None:
    decoder = read_llama2c(data / "lm-weights" / "stories260K.bin").decoder
    assert decoder is not None
    text = (data / "text" / "tinystories_sample.txt").read_text(encoding="utf-8")
    with studied(decoder, "w8a8") as model:
        with model.clean() as session:
            material = shortened(session, text, TOKENS)
        found = study(model, Plan(RATES, CORRECTIONS, SEEDS), material)
    clean, *rows = told().values()
    assert pair(clean[0]) == pytest.approx([found.perplexity, 1], rel=0.005)
    cells = [pair(cell) for row in rows for cell in row]
    for row, (perplexity, kept) in zip(found.rows, cells, strict=True):
        assert row.perplexity is not None
        # Two or three digits, and what a rounding of weights that is otherwise moves.
        assert row.perplexity.mean == pytest.approx(perplexity, rel=0.02)
        assert row.kept.mean == pytest.approx(kept, abs=0.006)
