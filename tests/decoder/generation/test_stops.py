"""Stop strings across the borders of pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgesdk.decoder.stops import LONGEST_STOP, MOST_STOPS, StopStrings
from edgesdk.errors import UsageError

LETTERS = st.text("ab\n", min_size=1, max_size=4)


@given(st.lists(st.text("ab\n", max_size=3), max_size=12), st.lists(LETTERS, max_size=3))
def test_what_is_shown_is_the_text_before_the_first_stop(
    pieces: list[str], stops: list[str]
) -> None:
    strings = StopStrings(stops)
    shown, given_so_far = "", ""
    for piece in pieces:
        given_so_far += piece
        shown += strings.push(piece)
        assert given_so_far.startswith(shown)
        hit = any(stop in given_so_far for stop in stops)
        assert bool(strings.found) == hit
        if hit:
            break
        kept = given_so_far[len(shown) :]
        assert not kept or any(stop.startswith(kept) for stop in stops)  # for a reason
    shown += strings.finish()
    places = [given_so_far.find(stop) for stop in stops if stop in given_so_far]
    assert shown == given_so_far[: min(places, default=None)]


def test_a_stop_over_three_pieces() -> None:
    strings = StopStrings(["###", "\nUser:"])
    assert strings.push("Hello #") == "Hello "
    assert strings.push("#") == ""
    assert strings.push("1 #") == "##1 "
    assert strings.push("## and more") == ""
    assert strings.found == "###"
    assert strings.push("nothing") == strings.finish() == ""


def test_without_stops_everything_is_shown_at_once() -> None:
    strings = StopStrings([])
    assert strings.push("a") == "a"
    assert strings.finish() == ""


@pytest.mark.parametrize("stops", [[""], ["x" * (LONGEST_STOP + 1)], ["x"] * (MOST_STOPS + 1)])
def test_stops_that_make_no_sense_are_refused(stops: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        StopStrings(stops)
    assert caught.value.id == "EDGE-02145"
