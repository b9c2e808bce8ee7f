"""Profiles are data from outside: every key known, every number within limits, sources given."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgesdk.errors import UsageError
from edgesdk_backends.fpga.timing.design import DESIGNS
from edgesdk_backends.fpga.timing.limits import LIMITS
from edgesdk_backends.fpga.timing.profile import FOLDER, profile_names, read_profile
from tests.formats.no_toml import NO_TOML

EDGE = (FOLDER / "edge.toml").read_text()


def refused(text: bytes | str, folder: Path) -> str:
    path = folder / "own.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError) as caught:
        read_profile(str(path))
    assert caught.value.id == "EDGE-02195"
    return caught.value.evidence


def test_every_constant_of_a_shipped_profile_has_a_source() -> None:
    assert profile_names() == ["edge", "tellme"]
    for name in profile_names():
        for assumption in read_profile(name).assumptions():
            assert len(assumption.source) >= 7, assumption.name


def test_what_was_fitted_says_so() -> None:
    entries = read_profile("tellme").entries
    fitted = {key for key, entry in entries.items() if entry.source.startswith("FITTED")}
    assert fitted == {"interval", "attention_row_cycles"}


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "slow.toml"
    path.write_text(EDGE.replace("clock_mhz = { value = 250", "clock_mhz = { value = 100"))
    found = read_profile(str(path))
    assert found.name == str(path)
    assert found.at("expected").clock_mhz == 100


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("[settings]", "[settings]\nturbo = { value = 1, source = 'x' }", "unknown key 'turbo'"),
        ("about =", "version = 3\nabout =", "unknown key 'version'"),
        ('design = "streaming"', 'design = "magic"', "design is 'magic'"),
        ('design = "streaming"', "design = []", "design is"),
        ("chunk = { value = 8", "chunk = { value = 0", "chunk must be 1 to 64"),
        ("chunk = { value = 8", "chunk = { value = 8.5", "chunk must be a whole number"),
        ("chunk = { value = 8", "chunk = { value = true", "chunk must be a whole number"),
        ("chunk = { value = 8", "chunk = { value = '8'", "chunk must be a whole number"),
        ("chunk = { value = 8", "chunk = { best = 8, value = 8", "unknown key 'best'"),
        ("clock_mhz = { value = 250", "clock_mhz = { value = nan", "clock_mhz must be"),
        ("clock_mhz = { value = 250", "clock_mhz = { value = inf", "clock_mhz must be"),
        ("clock_mhz = { value = 250", "clock_mhz = { value = -250", "clock_mhz must be"),
        ("best = 0.93, expected = 0.85", "best = 0.85, expected = 0.93", "wrong order"),
        ("best = 0.2, expected = 0.6", "best = 0.6, expected = 0.2", "wrong order"),
        (
            "ports = { value = 4",
            "ports = { best = 8, expected = 4, worst = 2",
            "ports has one value",
        ),
        ('head = { value = "fabric"', 'head = { value = "cloud"', "head is one of fabric, host"),
        ("ports = { value = 4, source = ", "ports = { value = 4, origin = ", "and its source"),
        ("\nports = ", "\n# ports = ", "lacks ports"),
        ("best = 0.93", "best = 0.95", "ddr_efficiency must be 0.01 to 0.94"),
        ('source = "hls/kernels/config.hpp"', 'source = " "', "and its source"),
        ('about = "', 'about = 5 # "', "about is a text"),
        ('peers = ["tellme"]', 'peers = ["nosuch"]', "peers is a list of some of edge, tellme"),
        ('peers = ["tellme"]', "peers = [[]]", "peers is a list"),
        ('peers = ["tellme"]', 'peers = "tellme"', "peers is a list"),
        ("[settings]", "[structure]\nmagic = 3\n[settings]", "[structure] says"),
        ("[settings]", "[structure]\nmagic = ''\n[settings]", "[structure] says"),
    ],
)
def test_hostile_profiles(before: str, after: str, why: str, tmp_path: Path) -> None:
    assert before in EDGE
    assert why in refused(EDGE.replace(before, after, 1), tmp_path)


@pytest.mark.parametrize(
    "text", [*NO_TOML, b"settings = 3", b"design = 'streaming'\nsettings = []"]
)
def test_what_is_no_profile(text: bytes, tmp_path: Path) -> None:
    assert refused(text, tmp_path)


ROW = "{ model = 'bitnet-0.73b', phase = 'decode', at = 1, value = 1, unit = 's', source = 'x' }"


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (ROW, "3", "holds tables of"),
        (", source = 'x'", "", "holds tables of"),
        ("'decode'", "'sleep'", "phase is decode or prefill"),
        ("'s'", "'furlongs'", "unit is s or tokens/s"),
        ("'s'", "['s']", "unit is s or tokens/s"),
        ("at = 1", "at = 1.5", "at is a length"),
        ("at = 1", "at = 0", "at is a length"),
        ("value = 1", "value = 'fast'", "value is a number above zero"),
        ("value = 1", "value = true", "value is a number above zero"),
        ("value = 1", "value = -1", "value is a number above zero"),
        ("value = 1", "value = nan", "value is a number above zero"),
        ("'bitnet-0.73b'", "'mine'", "model is one of bitnet-0.73b"),
        ("'x'", "' '", "needs a source"),
        ("'x'", "3", "needs a source"),
    ],
)
def test_hostile_figures(before: str, after: str, why: str, tmp_path: Path) -> None:
    assert before in ROW
    row = ROW.replace(before, after, 1)
    assert why in refused(f"published = [{row}]\n{EDGE}", tmp_path)


def test_a_list_of_figures_is_a_list(tmp_path: Path) -> None:
    assert "is a list" in refused(f"published = 3\n{EDGE}", tmp_path)


@pytest.mark.parametrize(
    "name", ["", "nosuch", "../edge", "edge.yaml", "x" * 5000, "x" * 5000 + ".toml", "a\0.toml"]
)
def test_no_such_profile(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_profile(name)
    assert caught.value.id == "EDGE-02195"
    assert len(caught.value.what) < 120


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_profile(str(tmp_path / "none.toml"))
    assert caught.value.id == "EDGE-0210"


def test_weights_cannot_lie_in_less_than_they_hold(tmp_path: Path) -> None:
    # 5 columns of 28 tables, each one of 27: 665.7 bits.
    text = (FOLDER / "tellme.toml").read_text()
    assert "beat_bytes must be 84 or more" in refused(
        text.replace("beat_bytes = { value = 96", "beat_bytes = { value = 83"), tmp_path
    )
    (tmp_path / "dense.toml").write_text(
        text.replace("beat_bytes = { value = 96", "beat_bytes = { value = 84")
    )
    assert read_profile(str(tmp_path / "dense.toml"))


def test_what_is_supposed_besides_is_among_the_assumptions() -> None:
    found = {item.name: item.source for item in read_profile("tellme").assumptions()}
    assert "release" in found["keys, then values"]


def test_every_constant_has_limits() -> None:
    for design in DESIGNS.values():
        for name in design.__dataclass_fields__:
            assert name in LIMITS
