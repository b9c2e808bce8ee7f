"""Where a token's experts come from: the options of a prediction that begin with ``experts_``.

A missed expert is computed where it lies, in flash; one that DRAM holds is computed by the NPU at
the same time. Prediction of the routing and low precision on a miss are as HOBBIT (arXiv
2411.01433), EdgeMoE (arXiv 2308.14352) and Fate (arXiv 2502.12224) describe them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from edgesdk.errors import UsageError
from edgesdk.option_values import Reader, one_of, read_options, real, whole

from .outcomes import Outcome, Shares, spread
from .routing import Routing, hits

PREFIX = "experts_"
MOST_EXPERTS = 1024  # of a layer
_BYTES = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)(MB|GB)")
_UNITS = {"MB": 1e6, "GB": 1e9}


@dataclass(frozen=True)
class ExpertPolicy:
    """How a token's experts are served. The fields are the options, without their prefix.

    ``cached``: experts of each layer that DRAM holds. ``cached_bytes``: the same as room, where it
    was given so (``with_room`` turns it into a number). ``keep``: "popular" ones for ever, or the
    most "recent". ``hit``: share of uses that DRAM serves; None: it follows from the routing, in
    which a set of experts is as likely as the product of 1/rank^``skew`` of its experts.
    ``prefetch``: share of the misses that were predicted, and read into DRAM during attention.
    ``wrong``: experts read ahead for nothing, for each miss; None: 1 - ``prefetch`` where anything
    is read ahead. ``miss_bits``: of a weight that is read on a miss, 0 for as many as ever;
    ``miss_share``: of the misses that may have so few.
    """

    cached: int = 0
    cached_bytes: float = 0.0
    keep: str = "popular"
    hit: float | None = None
    skew: float = 0.0
    prefetch: float = 0.0
    wrong: float | None = None
    miss_bits: int = 0
    miss_share: float = 1.0

    @property
    def wasted_each(self) -> float:
        """Experts read for nothing, for each miss."""
        if self.wrong is not None:
            return self.wrong
        return 1 - self.prefetch if self.prefetch else 0.0

    def outcomes(self, copies: int, used: int) -> tuple[Outcome, ...]:
        """What can happen to the ``used`` of ``copies`` experts of one layer, probabilities adding
        to 1. Where there is one copy, it is always read from flash."""
        if copies == 1:
            return (Outcome(1.0, from_flash=used),)
        low = self.miss_share if self.miss_bits else 0.0
        routing = Routing(copies, used, self.skew)
        found = hits(routing, min(self.cached, copies), self.keep, self.hit)
        return spread(found, Shares(self.prefetch, low, self.wasted_each))

    def filled(self, outcome: Outcome) -> int:
        """Experts that a token copies into DRAM for later ones: its misses, where the most recent
        are kept. They are read in gaps: bytes on the channels that cost no time here."""
        if self.keep != "recent" or not self.cached:
            return 0
        return outcome.from_flash + outcome.low_precision

    def with_room(self, each: float) -> ExpertPolicy:
        """``cached`` from ``cached_bytes``, where these are given; ``each``: bytes of one expert in
        all layers."""
        if not self.cached_bytes:
            return self
        cached = min(int(self.cached_bytes / each), MOST_EXPERTS)
        return replace(self, cached=cached, cached_bytes=0.0)


PLAIN = ExpertPolicy()  # every expert that a token uses is read from flash


def _room(text: str) -> int | float:
    """A number of experts as int, or bytes as float."""
    if found := _BYTES.fullmatch(text):
        return float(found[1]) * _UNITS[found[2]]
    try:
        return int(whole(0, MOST_EXPERTS)(text))
    except ValueError:
        raise ValueError(f"experts a layer, 0 to {MOST_EXPERTS}, or room as in 2.5GB") from None


def _bits(text: str) -> int:
    return int(one_of("0", "2", "4", "8")(text))


# What each option takes. ``explore`` reads the values of a sweep with them as well.
READERS: dict[str, Reader] = {
    "experts_cached": _room,
    "experts_keep": one_of("popular", "recent"),
    "experts_hit": real(0, 1),
    "experts_skew": real(0, 4),
    "experts_prefetch": real(0, 1),
    "experts_wrong": real(0, 16),
    "experts_miss_bits": _bits,
    "experts_miss_share": real(0, 1),
}


def read_policy(options: Mapping[str, str]) -> ExpertPolicy | None:
    """The policy that options ask for; None where none of them begins with ``experts_``.

    Raises ``UsageError`` (EDGE-02245) for an unknown one, or a value that it cannot take.
    """
    mine = {key: text for key, text in options.items() if key.startswith(PREFIX)}
    return policy_of(read_values(mine)) if mine else None


def read_values(options: Mapping[str, str]) -> dict[str, Any]:
    """What ``READERS`` read of options that all are theirs. Raises as ``read_policy``."""
    return read_options(options, READERS, "a prediction", _refused)


def policy_of(values: Mapping[str, Any]) -> ExpertPolicy:
    """The policy of values that ``READERS`` read."""
    named = {key.removeprefix(PREFIX): value for key, value in values.items()}
    if isinstance(named.get("cached"), float):
        named["cached_bytes"] = named.pop("cached")
    return ExpertPolicy(**named)


def _refused(what: str, evidence: str) -> UsageError:
    return UsageError(what, evidence=evidence, code=245)
