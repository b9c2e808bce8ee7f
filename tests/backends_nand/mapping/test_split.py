"""The split that ends soonest, against every other."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from edgesdk_backends.nand.mapping.rounds import Slots
from edgesdk_backends.nand.mapping.split import split

GROUPS = st.lists(
    st.builds(
        Slots,
        count=st.integers(1, 6),
        rows=st.integers(1, 50),
        inputs=st.integers(1, 50),
        row=st.just(0),
        column=st.just(0),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=200)
@given(groups=GROUPS, rate=st.floats(0.1, 5000))
def test_no_other_choice_of_slots_ends_sooner(groups: list[Slots], rate: float) -> None:
    def end(taken: tuple[int, ...]) -> float:
        flash = sum(group.count - x for group, x in zip(groups, taken, strict=True))
        weights = sum(group.weights * x for group, x in zip(groups, taken, strict=True))
        return max(flash, weights / rate)

    found = split(groups, 1.0, rate)
    best = min(end(choice) for choice in product(*(range(g.count + 1) for g in groups)))
    assert end(found.taken) <= best * (1 + 1e-12)
    assert found.weights == sum(g.weights * x for g, x in zip(groups, found.taken, strict=True))
    assert found.flash == sum(g.count - x for g, x in zip(groups, found.taken, strict=True))


def test_an_npu_that_does_not_help_takes_nothing() -> None:
    groups = [Slots(3, 4, 4, 0, 0)]
    assert split(groups, 1.0, 0.0) == split(groups, 1.0, -1.0)
    assert split(groups, 1.0, 0.0).taken == (0,)


def test_the_other_order_is_there_to_compare() -> None:
    """Ten full slots and four nearly empty ones: six weights fit into a slot's time."""
    groups = [Slots(10, 4, 4, 0, 0), Slots(4, 1, 1, 0, 0)]
    assert split(groups, 1.0, 6.0).taken == (2, 4)
    assert split(groups, 1.0, 6.0, fullest=True).taken == (4, 0)
