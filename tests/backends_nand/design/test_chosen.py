"""A preset and any key of it, as text; and the same with values, as a sweep gives them."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgesdk.errors import UsageError
from edgesdk_backends.nand.design.chosen import DEFAULT, assumptions, chosen_design
from edgesdk_backends.nand.design.consistency import changed
from edgesdk_backends.nand.design.parameters import PARAMETERS
from edgesdk_backends.nand.design.preset import read_preset


def test_without_options_the_default() -> None:
    chosen = chosen_design({})
    assert chosen.design == read_preset(DEFAULT).design
    assert (chosen.changed, chosen.rest) == ({}, {})


def test_keys_change_the_design_and_the_rest_is_left_to_others() -> None:
    chosen = chosen_design(
        {"preset": "cambricon-s", "channels": "16", "slicing": "no", "name": "b", "weights": "w8a8"}
    )
    assert (chosen.design.channels, chosen.design.slicing, chosen.design.chips) == (16, False, 2)
    assert chosen.changed == {"channels": 16, "slicing": False}
    assert chosen.rest == {"name": "b", "weights": "w8a8"}
    assert chosen.design.name == "cambricon-s"


def test_a_key_given_its_usual_value_changes_nothing_and_is_known() -> None:
    chosen = chosen_design({"channels": "32", "dram_gb_s": "40.0"})
    assert chosen.changed == {}
    assert chosen.given == {"channels": 32, "dram_gb_s": 40.0}
    assert chosen.design == chosen.preset.design
    assert chosen.band("dram_gb_s") == (40.0, 40.0, 40.0)
    assert chosen_design({}).band("dram_gb_s") == (32.0, 40.0, 40.0)
    shown = {item.name: item for item in assumptions(chosen)}
    assert shown["dram_gb_s"].value == "40 GB/s"
    assert shown["dram_gb_s"].source.startswith("given as an option")


def test_a_preset_may_be_a_path(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('extends = "aif"\n[design]\n')
    assert chosen_design({"preset": str(path)}).design.read_us == 9.7


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        ({"preset": "nosuch"}, "EDGE-02221", "no preset 'nosuch'"),
        ({"channels": "none"}, "EDGE-02223", "channels of a design like cambricon-l cannot be"),
        ({"channels": ""}, "EDGE-02223", "a whole number from 1 to 1024"),
        ({"slicing": "2"}, "EDGE-02223", "one of yes"),
        ({"slices": "3"}, "EDGE-02224", "slices is 3, page_bytes is 16384"),
    ],
)
def test_wrong_options(options: dict[str, str], code: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        chosen_design(options)
    assert caught.value.id == code
    assert says in str(caught.value)


def test_changed_takes_values_and_leaves_the_first_design_alone() -> None:
    design = read_preset("cambricon-s").design
    made = changed(design, {"channels": 64, "read_us": 15.0})
    assert (made.channels, made.read_us, design.channels) == (64, 15.0, 8)
    assert hash(changed(made, {"channels": 8, "read_us": 30.0})) == hash(design)
    assert changed(design, {}) == design


@pytest.mark.parametrize(
    ("key", "value"), [("channels", 0), ("channels", "8"), ("turbo", 1), ("name", "x")]
)
def test_changed_refuses_what_is_out_of_range_or_no_key(key: str, value: object) -> None:
    with pytest.raises(UsageError) as caught:
        changed(read_preset("cambricon-s").design, {key: value})
    assert caught.value.id == "EDGE-02223"


def test_assumptions_are_every_key_as_it_took_effect() -> None:
    found = assumptions(chosen_design({"preset": "cambricon-s", "read_us": "20"}))
    assert [item.name for item in found] == list(PARAMETERS)
    by_name = {item.name: item for item in found}
    assert by_name["read_us"].value == "20 us"
    assert by_name["read_us"].source == "given as an option; cambricon-s has 30 us"
    assert by_name["slices"].value == "4 (2 to 16)"
    assert by_name["program_us"].value == "75 (75 to 380) us"
    assert by_name["channels"].source == "the paper, Table II"
