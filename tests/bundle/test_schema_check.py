"""Our reading of the manifest's schema, against a package that compiles it."""

from __future__ import annotations

import copy
import itertools
import random
import re
from collections.abc import Iterator
from typing import Any

import fastjsonschema
import pytest

from edgesdk.bundle import strict_json
from edgesdk.bundle.schema_check import problems
from tests.bundle.builders import document
from tests.bundle.oracle import accepts

SCHEMA = strict_json.schema()
COMPILED = fastjsonschema.compile(SCHEMA, use_default=False)
VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 1.0, 1.5, 1e300, 2**70, "", "x", "a\n", "a" * 600, "1.0.0", "\x00",
    [], {}, [1, "a"], {"a": 1}, ["x"] * 20, [0] * 9, {"A b": 1}, {str(n): n for n in range(100)},
]  # fmt: skip


def first_problem(value: Any) -> str:
    return next(problems(value, SCHEMA, SCHEMA["definitions"]), "")


def oracle(value: Any) -> str:
    try:
        COMPILED(value)
    except fastjsonschema.JsonSchemaValueException as error:
        return str(error.message)
    return ""


def whole() -> dict[str, Any]:
    """A manifest with everything that may be left out."""
    found = document()
    found["inputs"][0]["quantisation"] = {"scales": [1.0], "zero_points": [0], "axis": None}
    found["frontend"] = {"kind": "logmel", "rows": 3}
    return found


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*path, key))


def changed(path: tuple[Any, ...], value: Any, how: str) -> Any:
    found = whole()
    parent: Any = found
    for key in path[:-1]:
        parent = parent[key]
    if how == "removed":
        del parent[path[-1]]
    else:
        parent[path[-1]] = copy.deepcopy(value)
    return found


def changes(how: str) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Where, and to what value: each place, or once in each object one more key."""
    there = [path for path in places(whole()) if path != ("format",)]
    if how == "beside":
        there = list({(*path[:-1], "more"): 0 for path in there if isinstance(path[-1], str)})
    return itertools.product(there, VALUES if how != "removed" else [None])


def test_a_whole_manifest_is_accepted() -> None:
    assert first_problem(whole()) == oracle(whole()) == ""


@pytest.mark.parametrize("how", ["replaced", "removed", "beside"])
def test_one_change_is_refused_in_the_same_words(how: str) -> None:
    """Each value of a manifest is replaced, taken out, given a neighbour."""
    refused = 0
    for path, value in changes(how):
        found = changed(path, value, how)
        problem = first_problem(found)
        assert problem == oracle(found), (path, value)
        assert accepts(found) == (problem == "")
        refused += problem != ""
    assert refused > 20


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:20])
def test_what_is_no_manifest(value: Any) -> None:
    assert first_problem(value) == oracle(value) != ""


def test_many_changes_at_once_are_accepted_or_refused_alike() -> None:
    chance = random.Random(3)
    for _ in range(500):
        found = whole()
        for _ in range(chance.randint(1, 3)):
            *path, last = chance.choice(list(places(found)))
            parent = found
            for key in path:
                parent = parent[key]
            parent[last] = copy.deepcopy(chance.choice(VALUES))
        assert (first_problem(found) == "") == accepts(found)


def test_a_keyword_without_a_rule_is_not_passed_over() -> None:
    with pytest.raises(KeyError, match="multipleOf"):
        list(problems(3, {"type": "integer", "multipleOf": 2}, {}))


def test_the_schema_ends_its_patterns_where_it_says() -> None:
    """``$`` is rewritten only at a pattern's end: nowhere else may one stand."""
    patterns = re.findall(r"'pattern': '([^']*)'", str(SCHEMA))
    assert len(patterns) > 10
    assert all(pattern.count("$") == 1 and pattern.endswith("$") for pattern in patterns)
