"""Bytes of weights that a token of a model with routed experts moves, by where they come from."""

from __future__ import annotations

from dataclasses import dataclass, fields

from edgesdk.predict import Quantity

from ..workload.workload import Workload
from .fitting import ExpertLayers, expert_layers
from .policy import ExpertPolicy


@dataclass(frozen=True)
class ExpertTraffic:
    """Expected bytes for each token, without the padding of pages.

    ``others``: weights that every token uses, from flash. Of experts: ``missed`` and ``narrow``
    (low precision) are read in their stage, ``ahead`` was read from flash before and was right,
    ``wasted`` was wrong, ``filled`` is read for later tokens; ``dram``: read from DRAM.
    """

    others: float = 0.0
    missed: float = 0.0
    narrow: float = 0.0
    ahead: float = 0.0
    wasted: float = 0.0
    filled: float = 0.0
    dram: float = 0.0

    @property
    def flash(self) -> float:
        """All that the flash reads."""
        from_flash = (self.others, self.missed, self.narrow, self.ahead, self.wasted)
        return sum(from_flash) + self.filled

    def plus(self, other: ExpertTraffic) -> ExpertTraffic:
        """Both."""
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return ExpertTraffic(*(one + two for one, two in pairs))


def expert_traffic(policy: ExpertPolicy, workload: Workload, computes: bool) -> ExpertTraffic:
    """What one token moves, as expected over the routing. ``computes``: whether the flash does."""
    kinds = tuple(expert_layers(workload))
    weights = sum(kind.layers * kind.used * kind.weights for kind in kinds)
    found = ExpertTraffic(others=workload.token_bytes - weights * workload.weight_bits / 8)
    for kind in kinds:
        found = found.plus(_of_kind(policy, workload, kind, computes))
    return found


def _of_kind(
    policy: ExpertPolicy, workload: Workload, kind: ExpertLayers, computes: bool
) -> ExpertTraffic:
    full = kind.layers * kind.weights * workload.weight_bits / 8  # of one expert in every layer
    found = policy.outcomes(kind.copies, kind.used)
    missed = found.from_flash + found.low_precision
    return ExpertTraffic(
        missed=full * found.from_flash,
        narrow=full * policy.miss_bits / workload.weight_bits * found.low_precision,
        ahead=full * found.prefetched,
        wasted=full * found.unused,
        filled=full * policy.read_again(computes) * missed,
        dram=full * (found.from_dram + found.prefetched),
    )


_LINES = (
    ("weights that every token uses", "others", "read from flash"),
    ("experts missed", "missed", "read from flash in their stage"),
    ("experts missed, low precision", "narrow", "read from flash with experts_miss_bits a weight"),
    ("experts read ahead", "ahead", "from flash into DRAM during attention, and used"),
    ("experts wasted", "wasted", "likewise, and not used"),
    ("experts kept for later", "filled", "missed ones, read again into DRAM during attention"),
    ("experts from DRAM", "dram", "held there, or read ahead"),
)


def quantities(policy: ExpertPolicy, workload: Workload, computes: bool) -> tuple[Quantity, ...]:
    """The traffic as lines of a prediction; without those that are nothing."""
    found = expert_traffic(policy, workload, computes)
    whole = Quantity(
        "flash traffic", found.flash / 1e9, "GB/token", "the sum of what flash reads below"
    )
    rows = [
        Quantity(name, getattr(found, key) / 1e9, "GB/token", f"expected; {how}")
        for name, key, how in _LINES
        if getattr(found, key)
    ]
    return (whole, *rows)
