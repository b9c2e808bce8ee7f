"""The table of keys is that of Design, and each value is held to its kind and range."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.design.parameters import PARAMETERS


def test_every_field_of_a_design_but_its_name_is_a_key_in_the_same_order() -> None:
    assert list(PARAMETERS) == [field.name for field in fields(Design) if field.name != "name"]


def test_every_key_says_what_it_is() -> None:
    for parameter in PARAMETERS.values():
        assert parameter.about.endswith(".")
        assert 15 < len(parameter.about) < 100
        assert parameter.kind in ("int", "float", "bool", "str")
        assert parameter.choices or parameter.kind == "bool" or parameter.least < parameter.most


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("channels", "8", 8),
        ("read_us", "22.5", 22.5),
        ("read_us", "30", 30.0),
        ("slicing", "no", False),
        ("slicing", "true", True),
        ("cell", "slc", "slc"),
        ("result_bytes", "4", 4),
    ],
)
def test_texts(key: str, text: str, value: Any) -> None:
    parameter = PARAMETERS[key]
    found = parameter.read(text)
    assert found == value
    assert type(found) is type(value)
    assert parameter.read(parameter.shown(found)) == found  # what is shown can be given


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("channels", "0"),
        ("channels", "1025"),
        ("channels", "8.0"),
        ("channels", "1e1"),
        ("channels", "eight"),
        ("channels", "9" * 400),
        ("read_us", "nan"),
        ("read_us", "inf"),
        ("read_us", "-1"),
        ("read_us", "1e999"),
        ("slicing", "maybe"),
        ("cell", "qlc"),
        ("result_bytes", "3"),
        ("result_bytes", ""),
    ],
)
def test_texts_that_are_refused(key: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"a number|a whole number|one of"):
        PARAMETERS[key].read(text)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("channels", True),
        ("channels", 8.0),
        ("channels", "8"),
        ("channels", 1025),
        ("read_us", True),
        ("read_us", float("nan")),
        ("read_us", float("inf")),
        ("read_us", 10**400),
        ("slicing", 1),
        ("cell", "qlc"),
        ("cell", ["slc"]),
        ("result_bytes", 3),
        ("result_bytes", None),
    ],
)
def test_values_that_are_refused(key: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r"^(a number|a whole number|yes or no|a word): |^one of "):
        PARAMETERS[key].checked(value)


def test_units_and_digits_are_shown() -> None:
    assert PARAMETERS["read_us"].text(9.7) == "9.7 us"
    assert PARAMETERS["read_limit"].text(400000.0) == "400000"
    assert PARAMETERS["core_area_um2"].text(39813.5) == "39813.5 um2"
    assert PARAMETERS["slicing"].text(True) == "yes"
    assert PARAMETERS["cell"].text("lsb") == "lsb"
