"""The order of attention's work, on which its cycles and the hardware's dependences rest."""

from __future__ import annotations

from tests.backends_fpga.units.parts import Parts

CASES = [
    (start, tokens, members, steps, heads)
    for start in (0, 1, 9)
    for tokens in (1, 2, 3, 7, 8)
    for members in (1, 2, 3, 4, 8)
    for steps in (1, 2, 3, 6, 8)
    for heads in ((1, 2) if tokens == 1 else (1,))
]


def test_each_query_sees_each_of_its_rows_once(native: Parts) -> None:
    lanes = native.library.edge_rate_queries()
    for start, tokens, members, steps, heads in CASES:
        served = [
            (row, head, first // lanes, step)
            for row, head, first, step in native.walk(start, tokens, members, steps, heads)
            if row >= 0
        ]
        batches = -(-tokens * members // lanes)
        expected = {
            (row, head, batch, step)
            for row in range(start + tokens)
            for head in range(heads)
            for batch in range(max(0, row - start) * members // lanes, batches)
            for step in range(steps)
        }
        assert len(served) == len(expected)
        assert set(served) == expected


def test_a_row_s_heads_follow_each_other(native: Parts) -> None:
    """As their words come from memory: by turns, each head's before the next row's."""
    for case in CASES:
        rows = [(row, head) for row, head, _, _ in native.walk(*case) if row >= 0]
        assert rows == sorted(rows)


def test_a_short_row_is_filled_up_and_no_longer_one(native: Parts) -> None:
    """The cycles that the timing model counts."""
    lanes, least = native.library.edge_rate_queries(), native.library.edge_rate_recurrence()
    for start, tokens, members, steps, heads in CASES:
        batches = [
            -(-tokens * members // lanes) - max(0, row - start) * members // lanes
            for row in range(start + tokens)
        ]
        slots = native.walk(start, tokens, members, steps, heads)
        assert len(slots) == sum(max(heads * count * steps, least) for count in batches)


def test_no_sum_is_touched_again_too_soon(native: Parts) -> None:
    """What the DEPENDENCE pragmas promise."""
    least = native.library.edge_rate_recurrence()
    for case in CASES:
        last: dict[tuple[int, int, int], int] = {}
        for slot, (row, head, query, step) in enumerate(native.walk(*case)):
            if row >= 0:
                assert slot - last.get((head, query, step), -least) >= least
                last[head, query, step] = slot
