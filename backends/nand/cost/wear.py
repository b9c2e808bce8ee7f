"""What reading does to the flash: pages that are read too often must be written anew.

Every page of the weights is read once for a token. There are two ways to count what a block bears
before its data must move, and they differ by the pages of a block:

- ``block``: every page read counts against the limit of its block, as drives count them;
- ``iteration``: one read of all pages of a block counts once, as Lincoln (HPCA 2025) does.

Both are always reported. Moving the data takes one program and erase cycle. With more blocks than
the model takes, the cycles are levelled over all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..design.design import Design

BLOCK, ITERATION = "block", "iteration"
CONVENTIONS = (BLOCK, ITERATION)
_HOUR, _DAY = 3600.0, 86400.0  # seconds


@dataclass(frozen=True)
class Wear:
    """Of one way to count, at a rate of tokens.

    ``tokens_reclaim``: after which the model is written anew; ``reclaims_hour``: how often that
    is. ``life_tokens`` and ``life_days``: until blocks, levelled, have had ``erase_limit`` cycles.
    ``rewriting``: share of the time that programming and erasing take.
    """

    convention: str
    tokens_reclaim: float
    reclaims_hour: float
    life_tokens: float
    life_days: float
    rewriting: float


def wear(
    design: Design,
    convention: str,
    tokens_second: float,
    *,
    reads_per_page: float = 1.0,
    model_pages: float | None = None,
) -> Wear:
    """By one of ``CONVENTIONS``, while tokens are decoded without a pause.

    ``reads_per_page``: of a token, on average; below 1 where only some experts are read, and then
    supposes that all are read alike. ``model_pages``: without it, the model fills the flash.
    """
    tokens = tokens_per_reclaim(design, convention, reads_per_page)
    life = life_tokens(design, convention, reads_per_page=reads_per_page, model_pages=model_pages)
    reclaims_second = tokens_second / tokens
    return Wear(
        convention=convention,
        tokens_reclaim=tokens,
        reclaims_hour=reclaims_second * _HOUR,
        life_tokens=life,
        life_days=life / tokens_second / _DAY,
        rewriting=reclaims_second * _rewriting_seconds(design, model_pages),
    )


def tokens_per_reclaim(design: Design, convention: str, reads_per_page: float = 1.0) -> float:
    """Tokens until a block's data must be written anew."""
    pages = design.pages if convention == BLOCK else 1
    return design.read_limit / (pages * reads_per_page)


def levelling(design: Design, model_pages: float | None) -> float:
    """How many times over the flash could hold the model: blocks take turns."""
    return design.usable_pages / model_pages if model_pages else 1.0


def life_tokens(
    design: Design,
    convention: str,
    *,
    reads_per_page: float = 1.0,
    model_pages: float | None = None,
) -> float:
    """Tokens until the blocks have had all their cycles, for sweeps."""
    reclaims = design.erase_limit * levelling(design, model_pages)
    return tokens_per_reclaim(design, convention, reads_per_page) * reclaims


def _rewriting_seconds(design: Design, model_pages: float | None) -> float:
    """To write the whole model anew, all planes at once; reads and transfers are not counted."""
    pages = (model_pages or design.usable_pages) / (design.cores * design.planes)  # of a plane
    return pages * (design.program_us + design.erase_us / design.pages) / 1e6
