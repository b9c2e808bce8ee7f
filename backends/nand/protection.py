"""Which correction the pages of a model have: one for each weight format in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from edgesdk.bundle import Manifest
from edgesdk.errors import EdgeError, UsageError

from .design.design import Design
from .ecc.page_code import COMPARES, MAGNITUDE, MODES, PUBLISHED_COPIES, PageCode, usual_mode
from .reliability.settings import ErrorSettings

Codes = Mapping[int, PageCode]  # by the bits of a weight


def page_codes(
    design: Design, bits: Iterable[int], mode: str = "", copies: int = 0, compare: str = ""
) -> Codes:
    """The code of each weight format. Empty and 0: what is usual for it.

    Raises ``UsageError``: EDGE-02259 for a code that a format does not have, EDGE-02260 where the
    spare bytes of the design's pages have no room for it.
    """
    return {
        width: PageCode(
            mode or usual_mode(width),
            copies or PUBLISHED_COPIES,
            compare or MAGNITUDE,
            width,
            design.page_bytes,
            design.spare_bytes,
        )
        for width in sorted(set(bits))
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


def possible(design: Design, bits: Iterable[int]) -> tuple[str, ...]:
    """The modes that all these formats have, and the design has room for."""
    widths = set(bits)
    return tuple(mode for mode in MODES if _exists(design, widths, mode))


def described(codes: Codes) -> str:
    """For people, and for the bundle's options: ``exact``, or ``words+exact`` of two formats."""
    return "+".join(dict.fromkeys(code.mode for code in codes.values()))


def signature(codes: Codes) -> str:
    """Two codes with the same text write the same bytes."""
    parts = [f"{c.weight_bits}:{c.mode}:{c.copies}:{c.compare}" for c in codes.values()]
    return ",".join(parts)


def _exists(design: Design, bits: set[int], mode: str) -> bool:
    try:
        page_codes(design, bits, mode)
    except EdgeError:
        return False
    return True
