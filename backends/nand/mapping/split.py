"""What the flash computes, and what the NPU reads as ordinary pages and computes itself.

A slot takes as long however few weights are in it. So the NPU takes the emptiest slots, one after
the other, for as long as that makes the slower of both sides faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .rounds import Slots


@dataclass(frozen=True)
class Split:
    """``flash``: slots that the cores compute. ``taken``: for each group of slots given, how many
    of them the NPU takes, the last ones. ``weights``: that the NPU takes."""

    flash: int
    taken: tuple[int, ...]
    weights: int


def split(
    groups: Sequence[Slots], slot_seconds: float, weights_second: float, fullest: bool = False
) -> Split:
    """The split that ends soonest. ``weights_second``: that reach the NPU; 0 where it takes none.

    ``slot_seconds``: of one slot. ``fullest``: the NPU takes the fullest slots first, which
    docs/nand-timing.md compares.
    """
    flash = sum(group.count for group in groups)
    taken, weights = [0] * len(groups), 0
    if weights_second <= 0:
        return Split(flash, tuple(taken), 0)
    order = sorted(range(len(groups)), key=lambda i: groups[i].weights, reverse=fullest)
    for index in order:
        group = groups[index]
        count = _worthwhile(group, flash, weights, slot_seconds * weights_second)
        taken[index] = count
        flash, weights = flash - count, weights + count * group.weights
        if count < group.count:
            break
    return Split(flash, tuple(taken), weights)


def _worthwhile(group: Slots, flash: int, weights: int, slot_weights: float) -> int:
    """How many slots of a group to take; ``slot_weights`` reach the NPU during one slot.

    With x taken the flash ends after ``flash - x`` slots and the NPU after
    ``(weights + x * group.weights) / slot_weights``: they meet at the x below, and the best whole
    number is beside it.
    """
    meeting = (flash * slot_weights - weights) / (group.weights + slot_weights)
    low = min(max(int(meeting), 0), group.count)

    def end(taken: int) -> float:
        return max(flash - taken, (weights + taken * group.weights) / slot_weights)

    high = min(low + 1, group.count)
    return high if end(high) < end(low) else low
