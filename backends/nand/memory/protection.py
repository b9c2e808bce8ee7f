"""Which correction the pages of a model have: one for each weight format in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from edgesdk.bundle import Manifest
from edgesdk.errors import EdgeError, UsageError

from ..design.design import Design
from ..ecc.page_code import (
    COMPARES,
    EXACT,
    MAGNITUDE,
    MODES,
    PAPER,
    PUBLISHED_COPIES,
    SECDED,
    WORDS,
    PageCode,
    usual_mode,
)
from ..reliability.settings import ErrorSettings

Codes = Mapping[int, PageCode]  # by the bits of a weight
OUTLIERS = (PAPER, EXACT, SECDED)  # the modes that copies and compare concern


def page_codes(
    design: Design, bits: Iterable[int], mode: str = "", copies: int = 0, compare: str = ""
) -> Codes:
    """The code of each weight format. Empty and 0: what is usual for it.

    ``mode``: one for all formats, or one for each from the narrowest on: ``words+exact``.
    Raises ``UsageError``: EDGE-02259 for a code that a format does not have, EDGE-02260 where the
    spare bytes of the design's pages have no room for it.
    """
    widths = sorted(set(bits))
    named = mode.split("+")
    modes = named if len(named) == len(widths) else [mode] * len(widths)
    return {
        width: PageCode(
            wanted or usual_mode(width),
            copies or PUBLISHED_COPIES,
            compare or MAGNITUDE,
            width,
            design.page_bytes,
            design.spare_bytes,
        )
        for width, wanted in zip(widths, modes, strict=True)
    }


def codes_of(
    manifest: Manifest, bits: Iterable[int], design: Design, errors: ErrorSettings
) -> Codes:
    """The codes of a bundle's pages on a design: the address's where it names one.

    Raises ``UsageError``: EDGE-02282 for options that no compiler writes, and as ``page_codes``.
    """
    if errors.correction:
        return page_codes(design, bits, errors.correction, errors.copies, errors.compare)
    said = manifest.provenance.options
    mode, copies = said.get("correction", ""), said.get("copies", "0")
    if mode not in MODES:
        mode = ""  # as usual for each of its formats
    compare = said.get("compare", "")
    if not copies.isdecimal() or len(copies) > 2 or compare not in ("", *COMPARES):
        raise UsageError("The bundle's options are not those of a NAND model", code=282)
    return page_codes(design, bits, mode, int(copies), compare)


def with_mode(design: Design, codes: Codes, mode: str) -> Codes:
    """Other codes for the same pages, with the same copies and compare; see ``page_codes``."""
    like = next(iter(codes.values()))
    return page_codes(design, codes, mode, like.copies, like.compare)


def possible(design: Design, codes: Codes) -> tuple[str, ...]:
    """The modes of ``with_mode`` that these formats have and the design has room for: one for all
    of them, or words for the narrowest, whose values may have no outliers, and another."""
    known = (*MODES, *(f"{WORDS}+{mode}" for mode in OUTLIERS))
    return tuple(mode for mode in known if _exists(design, codes, mode))


def parameters(codes: Codes) -> dict[str, str]:
    """What their names leave open, as the address says it."""
    of = [code for code in codes.values() if code.mode in OUTLIERS]
    return {"copies": str(of[0].copies), "compare": of[0].compare} if of else {}


def described(codes: Codes) -> str:
    """For people, and for the bundle's options: ``exact``, or ``words+exact`` of two formats."""
    return "+".join(dict.fromkeys(code.mode for code in codes.values()))


def signature(codes: Codes) -> str:
    """Two codes with the same text write the same bytes."""
    parts = [f"{c.weight_bits}:{c.mode}:{c.copies}:{c.compare}" for c in codes.values()]
    return ",".join(parts)


def _exists(design: Design, codes: Codes, mode: str) -> bool:
    try:
        with_mode(design, codes, mode)
    except EdgeError:
        return False
    return True
