"""The three cases of a prediction: what is not known at its best, as expected, at its worst.

A preset states the range of a parameter where its value is not published. Those that change the
time are moved together; a parameter that an option gave is known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from edgesdk.errors import UsageError

from ..design.consistency import check_consistent
from ..design.design import Design
from ..design.options import Chosen

# Which end of its range makes a parameter's device faster: 1 the higher, -1 the lower.
FASTER = {
    "read_us": -1,
    "channel_mts": 1,
    "slices": -1,
    "core_gmacs": 1,
    "result_bytes": -1,
    "npu_special_gops": 1,
    "link_gb_s": 1,
    "dram_gb_s": 1,
    "cache_bytes": -1,
}


@dataclass(frozen=True)
class Case:
    """A design, and whether inputs are sent again for every slot."""

    design: Design
    each_slot: bool = False


def cases(chosen: Chosen) -> tuple[Case, Case, Case]:
    """Best, expected, worst."""
    best, worst = _moved(chosen, 1), _moved(chosen, -1)
    return Case(best), Case(chosen.design), Case(worst, each_slot=True)


def _moved(chosen: Chosen, towards: int) -> Design:
    """All unknown parameters at one end; where that contradicts itself, as expected."""
    values = {}
    for key, faster in FASTER.items():
        low, _, high = chosen.preset.entries[key].band
        if key not in chosen.changed and low != high:
            values[key] = high if faster == towards else low
    made = replace(chosen.design, **values)
    try:
        check_consistent(made)
    except UsageError:
        return chosen.design
    return made


def unknown(chosen: Chosen) -> tuple[str, ...]:
    """The parameters that the cases move."""
    entries = chosen.preset.entries
    return tuple(
        key
        for key in FASTER
        if key not in chosen.changed and entries[key].band[0] != entries[key].band[2]
    )
