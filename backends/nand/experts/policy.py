"""Where a token's experts come from: the options of a prediction that begin with ``experts_``.

A missed expert is computed where it lies, in flash; one that DRAM holds is computed by the NPU at
the same time. Prediction of the routing and low precision on a miss are as HOBBIT (arXiv
2411.01433), EdgeMoE (arXiv 2308.14352) and Fate (arXiv 2502.12224) describe them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from edgesdk.errors import UsageError
from edgesdk.option_values import Reader, one_of, read_options, real, whole
from edgesdk.predict.shape import MOST_EXPERTS

from .outcomes import Outcomes, Shares, all_from_flash, spread
from .routing import Routing, hits

PREFIX = "experts_"
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

    def outcomes(self, copies: int, used: int) -> Outcomes:
        """What can happen to the ``used`` of ``copies`` experts of one layer. Where there is one
        copy, it is always read from flash."""
        if copies == 1:
            return all_from_flash(used)
        cached = min(self.cached, copies)
        found = hits(Routing(copies, used, self.skew), cached, self.keep, self.hit)
        return spread(found, Shares(self.prefetch, self._low, self.wasted_each), copies, cached)

    def least_held(self, used: int) -> int:
        """Experts of each layer that DRAM must hold at least to serve the share of a token's."""
        return ceil((self.hit or 0.0) * used - 1e-9)

    def read_again(self, computes: bool) -> float:
        """The share of the missed experts that are read from flash once more, into DRAM for later
        tokens: where the most recent are kept. Flash that computes has not sent them; other flash
        has, except those of low precision."""
        if self.keep != "recent" or not self.cached:
            return 0.0
        return 1.0 if computes else self._low

    @property
    def _low(self) -> float:
        """The share of the misses that is read at low precision."""
        return self.miss_share if self.miss_bits else 0.0

    def with_room(self, each: float, most: int) -> ExpertPolicy:
        """``cached`` from ``cached_bytes``, where these are given; ``each``: bytes of one expert in
        all layers, of which there are ``most``."""
        if not self.cached_bytes:
            return self
        return replace(self, cached=min(int(self.cached_bytes / each), most), cached_bytes=0.0)


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
    return int(one_of("0", "2", "4")(text))


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
    """The policy of values that ``READERS`` read. Raises as ``read_policy``, also for a known share
    of hits beside what it would follow from."""
    named = {key.removeprefix(PREFIX): value for key, value in values.items()}
    if "hit" in named and (beside := [key for key in ("cached", "keep", "skew") if key in named]):
        raise _refused(
            f"experts_hit and experts_{beside[0]} exclude each other",
            "a share of hits that was measured, or what it follows from",
        )
    if isinstance(named.get("cached"), float):
        named["cached_bytes"] = named.pop("cached")
    return ExpertPolicy(**named)


def _refused(what: str, evidence: str) -> UsageError:
    return UsageError(what, evidence=evidence, code=245)
