"""How a prediction looks: what comes first, what only ``--details`` shows, how wide it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgesdk.cli.predict import details as predict_details
from edgesdk.cli.predict import view as predict_view
from edgesdk.cli.predict.view import WIDTH, short
from edgesdk.cli.text import table
from edgesdk.predict import (
    Assumption,
    Band,
    Occupancy,
    Phase,
    Prediction,
    Published,
    Quantity,
    Term,
    Use,
)

LONG = "counted from all that was read, twice over, by people who had nothing better to do " * 3
DECODE = Phase(
    "decode",
    1000,
    (
        Term("feed forward", Band(0.5, 1.0, 2.0), "array", LONG),
        Term("attention", Band(0.1, 0.2, 0.3), "dram", "short"),
    ),
    4.0,
    LONG,
    Band(0.1, 0.2, 0.4),
    (Published("decode", 1000, 0.8, "tokens/s", LONG, "a-design"),),
    (Occupancy("cores", 0.001, {"waiting": 0.999}),),
    (Quantity("energy of cores", 0.1, "J/token", LONG),),
)
PROMPT = Phase("prefill", 64, (Term("weaving", Band(1, 2, 3), "npu", "short"),), 100.0, "one loom")
FOUND = Prediction(
    "a model",
    "a:target",
    {f"a_longer_key{number}": "value" for number in range(9)},
    (DECODE, PROMPT),
    (Assumption("hands", "2", LONG),),
    (Use("pages", 5, 10, "few"), Use("cellars", 3, 2, "many")),
    quantities=(
        Quantity("life", 3.6753e10, "tokens", "from the limit"),
        Quantity("share", 0.0313, "of 1", "counted"),
        Quantity("price", 3.0, "USD", "by the cells", Band(2.0, 3.0, 4.0)),
    ),
)
BANDS = "(0.100 to 0.400)"
MORE = ("weaving  ", "waiting", "energy of cores", "pages", "life", "hands", BANDS)


def test_the_answer_comes_first_and_no_more_than_the_first_parts() -> None:
    shown = predict_view.as_text(FOUND)
    for text in ("a model on a:target", "0.833", "feed forward", "PUBLISHED", "DOES NOT FIT"):
        assert text in shown
    assert "cellars" in shown
    for text in MORE:
        assert text not in shown
    assert "DOES NOT FIT" not in predict_view.as_text(replace(FOUND, resources=FOUND.resources[:1]))


def test_the_last_line_names_what_is_left_out() -> None:
    last = predict_view.as_text(FOUND).split("\n\n")[-1]
    for text in ("--details", "bands", "prompt", "who waits", "energy", "resources", "assumptions"):
        assert text in last
    bare = replace(
        FOUND, phases=(replace(DECODE, quantities=()),), assumptions=(), resources=(), quantities=()
    )
    last = predict_view.as_text(bare).split("\n\n")[-1]
    assert last == "--details shows all bands, who works and who waits"


def test_a_ceiling_is_explained_once() -> None:
    both = (DECODE, replace(PROMPT, ceiling_how=LONG))
    shown = predict_view.as_text(replace(FOUND, phases=both))
    assert shown.count("ceiling of ") == 1
    assert "ceiling of decoding and prompts: " in shown
    assert "ceiling of prompts: one loom" in predict_view.as_text(FOUND)


def test_details_are_the_answer_and_all_else() -> None:
    shown = predict_details.as_text(FOUND)
    assert shown.startswith(predict_view.answer(FOUND))
    for text in MORE:
        assert text in shown
    assert "3.68e+10 tokens" in shown
    assert "3.13 %" in shown
    assert "3.00 (2.00 to 4.00) USD" in shown
    assert "<1%" in shown


@pytest.mark.parametrize("view", [predict_view, predict_details])
def test_no_line_is_wider_than_a_page(view: object) -> None:
    shown = view.as_text(FOUND)  # type: ignore[attr-defined]
    assert max(map(len, shown.splitlines())) <= WIDTH
    assert " ".join(LONG.split()) in " ".join(shown.split())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (4.1, "4.10"),
        (0.1, "0.100"),
        (31.23, "31.2"),
        (100, "100"),
        (999.7, "1,000"),
        (1234.5, "1,234"),
        (2.5e6, "2,500,000"),
        (3.6753e10, "3.68e+10"),
        (1.68e-5, "1.68e-05"),
    ],
)
def test_three_digits_count(value: float, text: str) -> None:
    assert short(value) == text


def test_a_table_is_wrapped_in_its_last_column_alone() -> None:
    rows = [["a", "one two three four five six"], ["b", ""]]
    assert table(rows, ["K", "V"], width=22) == ("K  V\na  one two three four\n   five six\nb")
    assert table(rows) == "a  one two three four five six\nb"
