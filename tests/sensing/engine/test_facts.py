"""Facts about the subject: they stand behind the features, in the order of the description."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgesdk.errors import UsageError
from edgesdk.sensing.description import read
from edgesdk.sensing.engine import Engine
from edgesdk.sensing.models import Model
from edgesdk.sensing.program import Program, build
from tests.sensing.engine.forests import LEVELS, level_forest
from tests.sensing.engine.programs import AUDIO, LINEAR, PART, document, stage

FACTS = [
    {"name": "gender", "low": 0, "high": 1},
    {"name": "age", "low": 0, "high": 30000, "default": 12 * 256},
    {"name": "height", "low": -5, "high": 32000},
]


def program(facts: list[str], looked_at: int) -> Program:
    """One feature and these facts; the score is the level of the input with that number."""
    listen = stage("listen", "audio", 10, facts=facts)
    described = document([listen], streams=[AUDIO], facts=FACTS)
    inputs = 1 + len(facts)
    bits = 12 if looked_at == 0 else 0
    forest = level_forest(inputs, bits, looked_at)
    return build(read(described), {"level": Model(forest.content, PART, LINEAR, 1 / LEVELS)})


def score(made: Program, **more: Any) -> int:
    engine = Engine(made, **more)
    engine.feed("audio", np.full(10, 50 * 256, np.int16))
    [found] = engine.decisions
    return found.score


@pytest.mark.parametrize(
    ("facts", "looked_at", "level"),
    [
        (["gender", "age", "height"], 0, 50),  # the feature
        (["gender", "age", "height"], 2, 70),
        (["gender", "age", "height"], 3, 90),
        (["age", "height"], 1, 70),
        (["height"], 1, 90),
        (["gender", "height"], 2, 90),
    ],
)
def test_each_stands_where_the_model_looks(facts: list[str], looked_at: int, level: int) -> None:
    given = {"gender": 1, "age": 70 * 256, "height": 90 * 256}
    assert score(program(facts, looked_at), facts=given) == level


def test_a_fact_that_nobody_gives_has_its_default() -> None:
    assert score(program(["age"], 1)) == 12
    assert score(program(["age"], 1), facts={"gender": 1}) == 12


@pytest.mark.parametrize("value", [30001, -1, 1.0, True, "1", None])
def test_values_that_a_fact_cannot_have(value: Any) -> None:
    with pytest.raises(UsageError, match="'age' must be a whole number from 0 to 30000"):
        Engine(program(["age"], 1), facts={"age": value})


def test_facts_that_nobody_asks_for() -> None:
    with pytest.raises(UsageError, match="no fact named 'weight'") as error:
        Engine(program(["age"], 1), facts={"weight": 3})
    assert error.value.id == "EDGE-0201"
    assert "gender, age, height" in str(error.value)
