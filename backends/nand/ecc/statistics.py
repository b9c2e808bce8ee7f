"""What correcting pages came to, as counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Statistics:
    """Counts over all pages of a call.

    Of the outlier code: ``fixed`` records whose address was wrong and is right again, ``dropped``
    ones whose address was of no use, ``miscorrected`` ones used at an address that was never
    written, ``voted`` protected values that the vote changed, ``zeroed`` values beyond the
    threshold without a record, forced to 0. Of words: ``words_fixed`` are right again,
    ``words_lost`` with two wrong bits stay as they are, ``words_miscorrected`` looked like one
    wrong bit and are wrong still. Where nobody knows what was written, what is miscorrected counts
    as fixed.
    """

    fixed: int = 0
    dropped: int = 0
    miscorrected: int = 0
    voted: int = 0
    zeroed: int = 0
    words_fixed: int = 0
    words_lost: int = 0
    words_miscorrected: int = 0


NO_STATISTICS = Statistics()
