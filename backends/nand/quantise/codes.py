"""Integer codes of 8, 4 and 2 bits as bytes, the lowest bits first: as files and pages hold them.

8 and 4 bits are two's complement. Of 2 bits, 0 is 0, 1 is 1 and 2 is -1; 3 is read as 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int8]
Bytes = NDArray[np.uint8]


def row_bytes(inputs: int, bits: int) -> int:
    """Bytes of a row of codes, which begins at a byte."""
    return -(-inputs * bits // 8)


def packed(codes: Codes, bits: int) -> Bytes:
    """int8 codes [..., n] as bytes [..., row_bytes(n)]; the last byte is filled with zeros."""
    if bits == 8:
        content: Bytes = codes.view(np.uint8)
        return content
    each = 8 // bits
    missing = -codes.shape[-1] % each
    if missing:
        codes = np.concatenate([codes, np.zeros((*codes.shape[:-1], missing), np.int8)], axis=-1)
    fields = _fields(codes, bits)
    found: Bytes = fields[..., 0::each].copy()
    for place in range(1, each):
        found |= fields[..., place::each] << np.uint8(bits * place)
    return found


def unpacked(content: Bytes, inputs: int, bits: int) -> Codes:
    """Bytes [..., n] as int8 codes [..., inputs]."""
    if bits == 8:
        codes: Codes = content.view(np.int8)
    else:
        codes = _table(bits)[content].reshape(*content.shape[:-1], -1)
    return codes[..., :inputs]


def _fields(codes: Codes, bits: int) -> Bytes:
    """Each code in the low bits of a byte."""
    content: Bytes = codes.view(np.uint8)
    as_two: Bytes = np.where(codes < 0, np.uint8(2), content)
    return content & np.uint8(15) if bits == 4 else as_two


def _table(bits: int) -> Codes:
    """The codes of each byte: [256, 8 / bits]."""
    values = {4: [*range(8), *range(-8, 0)], 2: [0, 1, -1, 0]}[bits]
    fields = np.arange(256)[:, None] >> np.arange(0, 8, bits) & (1 << bits) - 1
    table: Codes = np.array(values, np.int8)[fields]
    return table
