"""What designs of a device are compared by."""

from __future__ import annotations

from edgesdk.explore import Objective

from ..cost.area import area
from ..cost.energy import joules
from ..cost.money import device_price
from ..cost.traffic import Traffic
from ..cost.wear import BLOCK, life_tokens
from ..design.design import Design

OBJECTIVES = (
    Objective("tokens_per_second", "1/s", True, "of the schedule of one token"),
    Objective("joules_per_token", "J", False, "what moves and is computed, and standing power"),
    Objective(
        "life_tokens",
        "",
        True,
        "until blocks have had erase_limit cycles; every page read counts against read_limit",
    ),
    Objective("area_mm2", "mm2", False, "of dies and their cores, where both are known"),
    Objective("core_mm2", "mm2", False, "of all compute cores, where it is known"),
    Objective("usd", "USD", False, "all flash, by its cells, and DRAM", usual=False),
)
_UNKNOWN = float("nan")


def figures(design: Design, traffic: Traffic, model_pages: float) -> tuple[float, ...]:
    """In the order of ``OBJECTIVES``; NaN where one is not known.

    ``model_pages``: that the model takes; where only some experts are read, each page less than
    once for a token.
    """
    reads = min(traffic.page_reads / model_pages, 1.0)
    found = area(design)
    return (
        1 / traffic.seconds,
        joules(design, traffic),
        life_tokens(design, BLOCK, reads_per_page=reads, model_pages=model_pages),
        _UNKNOWN if found.total is None else found.total,
        _UNKNOWN if found.cores is None else found.cores,
        device_price(design).total,
    )
