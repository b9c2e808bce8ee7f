"""Which designs contradict themselves: refused with numbers, before anything is counted on them.

A sweep asks for thousands of designs a second, so nothing here reads text or allocates much.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NoReturn

from edgesdk.errors import UsageError

from .design import Design
from .parameters import PARAMETERS

TAG_BYTES = 32  # of a page's spare bytes: the mark of a bad block, and the tag
MOST_BYTES = 1 << 50  # of a device: page and byte numbers stay well within 64 bits
_SLOWEST = 16  # array reads that a core may take for a page


def changed(design: Design, values: Mapping[str, Any]) -> Design:
    """The design with other values, which are checked: each by itself, then all together.

    Raises ``UsageError``: EDGE-02223 for a value out of its range, EDGE-02224 for a contradiction.
    """
    for key, value in values.items():
        if key not in PARAMETERS:
            raise bad_value(f"A design has no parameter {key[:40]!r}", "see docs/nand-design.md")
        try:
            PARAMETERS[key].checked(value)
        except ValueError as error:
            raise bad_value(f"{key} cannot be {str(value)[:40]!r}", str(error)) from None
    made = replace(design, **values)
    check_consistent(made)
    _check_cell(design, values)
    return made


def bad_value(what: str, why: str) -> UsageError:
    """The refusal of one value of a design."""
    return UsageError(
        what, evidence=why, next_step="docs/nand-design.md lists every key and its range", code=223
    )


def code_bytes(page_bytes: int, weight_bits: int = 8) -> int:
    """What the usual correction takes of a page's spare bytes; 723 for 16 KiB of 8-bit weights.

    The outlier code of the paper: a threshold in nine copies; for each hundredth weight an address
    with its check bits and two copies. For weights of 2 bits, 9 check bits for each 16 bytes.
    ``ecc/page_code.py`` writes them; here a design is known without that library.
    """
    if weight_bits == 2:
        return -(-page_bytes // 16 * 9 // 8)
    weights = page_bytes * 8 // weight_bits
    address = (weights - 1).bit_length()
    parity = next(bits for bits in range(1, 32) if (1 << bits) > address + bits)
    bits = 9 * weight_bits + weights // 100 * (address + parity + 2 * weight_bits)
    return -(-bits // 8)


def check_spare(design: Design, weight_bits: int) -> None:
    """Raises ``UsageError`` (EDGE-02224) where the spare bytes of a page that is computed do not
    hold its tag and the usual correction of such weights."""
    needed = TAG_BYTES + code_bytes(design.page_bytes, weight_bits)
    if design.compute and design.spare_bytes < needed:
        why = (
            f"spare_bytes is {design.spare_bytes}, tag and correction code of {weight_bits}-bit "
            f"weights take {needed}"
        )
        _refuse(design, "too few spare bytes", why, f"spare_bytes={needed} or more")


def check_consistent(design: Design) -> None:
    """Raises ``UsageError`` (EDGE-02224) for a design that contradicts itself."""
    _check_pages(design)
    _check_blocks(design)
    if design.compute:
        _check_cores(design)
    elif not design.npu_helps:
        _refuse(design, "nobody multiplies", "compute is no and npu_helps is no", "npu_helps=yes")


def _check_pages(design: Design) -> None:
    page = design.page_bytes
    if page & (page - 1):
        _refuse(design, "pages of an odd size", f"page_bytes is {page}", "a power of two")
    if page % design.slices:
        why = f"slices is {design.slices}, page_bytes is {page}"
        _refuse(design, "slices that do not divide a page", why, "a power of two for slices")


def _check_blocks(design: Design) -> None:
    lost = design.factory_bad + design.spare_blocks
    if design.usable_blocks < 1:
        why = f"a plane has {design.blocks} blocks, of which a share of {lost:g} is bad or spare"
        _refuse(design, "no block for data", why, "more blocks, or fewer spare ones")
    if design.total_bytes > MOST_BYTES:
        why = f"{design.total_bytes:,} bytes, at most {MOST_BYTES:,}"
        _refuse(design, "more flash than can be addressed", why, "fewer chips, blocks or pages")
    if design.read_limit < design.pages:
        why = f"read_limit is {design.read_limit:g}, a block has {design.pages} pages"
        _refuse(design, "blocks worn by reading them once", why, "a higher read_limit")


def _check_cell(before: Design, values: Mapping[str, Any]) -> None:
    """``values`` for a design that was ``before``: with three times the bits of a cell in use, or a
    third, a block has as many pages."""
    cell = values.get("cell", before.cell)
    if "pages" not in values and (cell == "tlc") != (before.cell == "tlc"):
        why = f"cell is {cell}, and a block has the {before.pages} pages of {before.cell} cells"
        wanted = before.pages * 3 if cell == "tlc" else before.pages // 3
        _refuse(before, "cells and pages of two kinds", why, f"pages={wanted}, or another number")


def _check_cores(design: Design) -> None:
    if not (design.core_gmacs and design.core_buffer_bytes):
        why = f"core_gmacs {design.core_gmacs:g}, core_buffer_bytes {design.core_buffer_bytes}"
        _refuse(design, "cores without a rate or a buffer", why, "values above 0, or compute=no")
    page_us = design.page_bytes / design.core_gmacs / 1e3
    if page_us > _SLOWEST * design.read_us:
        why = f"a core takes {page_us:g} us for a page, the array {design.read_us:g} us"
        _refuse(design, "cores too slow for the array", why, f"at most {_SLOWEST} times as long")
    check_spare(design, 8)
    if design.npu_helps and design.planes < 2:
        why = "planes is 1, and it feeds the core, so none can send pages to the NPU"
        _refuse(design, "no plane for the NPU", why, "planes=2, or npu_helps=no")
    _check_area(design)


def _check_area(design: Design) -> None:
    core_mm2 = design.core_area_um2 / 1e6
    if design.die_area_mm2 and core_mm2 >= design.die_area_mm2:
        why = f"a core has {core_mm2:g} mm2, its die {design.die_area_mm2:g} mm2"
        _refuse(design, "cores larger than their dies", why, "die_area_mm2=0 if it is not known")


def _refuse(design: Design, what: str, why: str, wanted: str) -> NoReturn:
    raise UsageError(
        f"The design {design.name} contradicts itself: {what}",
        evidence=why,
        next_step=f"Choose {wanted}",
        code=224,
    )
