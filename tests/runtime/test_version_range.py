"""Ranges of versions, against the packaging package."""

from __future__ import annotations

import pytest
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from edgesdk import version_range

VERSIONS = [
    "0", "0.9.9", "1", "1.0", "1.4", "1.4.0", "1.4.0.0", "1.4.5", "1.5", "1.10", "2", "01.04",
    "v1.4",
    "1!1.4", "1.4a1", "1.4alpha", "1.4.a.1", "1.4rc2", "1.4.dev3", "1.4b2.dev1", "1.4a1.post1",
    "1.4.post1", "1.4-1", "1.4-rev2", "1.4.post1.dev2", "1.4.post2.dev0", "1.4+cpu", "1.4.0+cpu.2",
    "1.4.post1+cpu", " 1.4 ", "", "x", "1..2", "1.4+", "1.4 5", "1.٤",
]  # fmt: skip
FAMILIES = ["1.*", "1.4.*", "1!1.*", "1.4.0.*", "1.4.0.0.0.*"]


@pytest.mark.parametrize("operator", ["==", "!=", "<=", ">=", "<", ">", "~="])
@pytest.mark.parametrize("limit", VERSIONS + FAMILIES)
def test_a_range_of_one_clause(operator: str, limit: str) -> None:
    text = operator + limit
    try:
        oracle = SpecifierSet(text)
    except InvalidSpecifier:
        assert not version_range.is_range(text)
        return
    assert version_range.is_range(text)
    for version in VERSIONS:
        try:
            expected = oracle.contains(Version(version), prereleases=True)
        except InvalidVersion:
            expected = False
        assert version_range.contains(text, version) == expected, version


@pytest.mark.parametrize(
    ("text", "held", "not_held"),
    [
        ("", ["0", "1.4a1", "9!9"], ["x"]),
        (">=1.17,<2", ["1.17", "1.99.9"], ["1.16.3", "2.0", "2.0rc1"]),
        (" >=1 , !=1.4.* ,", ["1.0", "1.5"], ["1.4.7", "0.9"]),
        ("~=1.4.2", ["1.4.2", "1.4.9"], ["1.5", "1.4.1"]),
    ],
)
def test_a_range_holds(text: str, held: list[str], not_held: list[str]) -> None:
    assert version_range.is_range(text)
    assert [v for v in held + not_held if version_range.contains(text, v)] == held


@pytest.mark.parametrize(
    "text", ["1.0", "=1", "=>1", "===1.0", "==1.4a1.*", ">=1.*", "~=1", ">=1;<2"]
)
def test_what_is_no_range(text: str) -> None:
    assert not version_range.is_range(text)


def test_a_version_of_absurd_length_is_none() -> None:
    assert version_range.parse("1" * 100_000) is None
    assert not version_range.contains(">=1", "1." * 50_000 + "1")
