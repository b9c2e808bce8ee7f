"""Ranges of a sweep: what they hold, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgesdk.errors import UsageError
from edgesdk.explore.grid import MOST_DESIGNS, read_grid


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("channels=8..64", "8 16 32 64"),
        ("channels=8..63", "8 16 32"),
        ("channels=8..8", "8"),
        ("channels=8..64:8", "8 16 24 32 40 48 56 64"),
        ("chips=1..10:4", "1 5 9"),
        ("channels=8,24,16", "8 24 16"),
        ("channels=8", "8"),
        ("read_us=0.5..4", "0.5 1 2 4"),
        ("read_us=0.1..0.5:0.1", "0.1 0.2 0.3 0.4 0.5"),
        ("read_us=20..40:10", "20 30 40"),
        ("weights=w8a8,w4a16", "w8a8 w4a16"),
        ("slicing=true,false", "true false"),
        ("preset=cambricon-s,../mine.toml", "cambricon-s ../mine.toml"),
        ("preset=../mine.toml", "../mine.toml"),
    ],
)
def test_values(text: str, values: str) -> None:
    (axis,) = read_grid([text]).axes
    assert list(axis.values) == values.split()


def test_numbers_and_combinations() -> None:
    grid = read_grid(["channels=8..32", "weights=w8a8,w4a16"])
    assert grid.count == 6
    every = [grid.values(number) for number in range(grid.count)]
    assert every[:3] == [("8", "w8a8"), ("8", "w4a16"), ("16", "w8a8")]
    assert len(set(every)) == 6
    assert grid.named(5) == {"channels": "32", "weights": "w4a16"}


@pytest.mark.parametrize(
    "text",
    (
        "channels =8 channels= channels=8,,16 channels=8,8 channels=64..8 channels=8.. "
        "channels=..8 channels=a..b channels=8..64:0 channels=8..64:-8 channels=0..64 "
        "channels=-8..64 Channels=8 channels=8...64 read_us=1e3..1e5 channels=8..64:a"
    ).split(),
)
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_grid([text])
    assert caught.value.id == "EDGE-02246"


def test_a_key_is_swept_once() -> None:
    with pytest.raises(UsageError) as caught:
        read_grid(["channels=8..64", "channels=1,2"])
    assert caught.value.id == "EDGE-02246"


@pytest.mark.parametrize(
    "texts",
    [
        [f"{key}=1..1000:1" for key in ("channels", "chips", "dies")],
        ["read_us=0.000000001..999999999999999:0.000000001"],
        ["channels=" + ",".join(map(str, range(20_000)))],
    ],
)
def test_too_many_are_refused_at_once(texts: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        read_grid(texts)
    assert caught.value.id == "EDGE-02247"


@given(st.lists(st.text(alphabet="ab=.,:0189-/é \x00", max_size=30), max_size=3))
def test_any_text_is_a_grid_or_refused(texts: list[str]) -> None:
    try:
        grid = read_grid(texts)
    except UsageError as error:
        assert error.id in ("EDGE-02246", "EDGE-02247")
    else:
        assert 1 <= grid.count <= MOST_DESIGNS
        last = grid.values(grid.count - 1)
        assert last == tuple(axis.values[-1] for axis in grid.axes)


def test_the_most_is_allowed() -> None:
    assert read_grid(["channels=1..1000:1", "chips=1..1000:1"]).count == MOST_DESIGNS
