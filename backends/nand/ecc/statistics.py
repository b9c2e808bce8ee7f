"""What correcting pages came to, as counts."""

from __future__ import annotations

from dataclasses import astuple, dataclass


@dataclass(frozen=True)
class Statistics:
    """Counts over all pages of a call; they add up with ``+``.

    Of the outlier code: ``fixed`` addresses that had one wrong bit, ``dropped`` records whose
    address was of no use, ``miscorrected`` ones used at an address that was never written (0 where
    the written codes are not known), ``voted`` protected values that the vote changed, ``zeroed``
    values beyond the threshold without a record, forced to 0. Of words: ``words_fixed`` with one
    wrong bit, ``words_lost`` with two, which stay as they are.
    """

    fixed: int = 0
    dropped: int = 0
    miscorrected: int = 0
    voted: int = 0
    zeroed: int = 0
    words_fixed: int = 0
    words_lost: int = 0

    def __add__(self, other: Statistics) -> Statistics:
        return Statistics(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


NO_STATISTICS = Statistics()
