"""The tag in a page's spare: which model's page it is, and a check of all of the page.

Bytes of the spare: 0 the bad-block mark, 1 to 4 ``EDGP``, 5 to 12 the model, 13 to 20 the logical
page (u64), 21 to 27 FFh, 28 to 31 CRC-32 of data, tag and code (u32), 32 on the code. Integers are
little-endian.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from typing import NamedTuple

import numpy as np

from edgesdk.errors import InternalFault

from .faults import Bytes
from .geometry import TAG_END, Geometry

MAGIC = b"EDGP"
_TAG = struct.Struct("<4s8sQ7s")
_CHECK = struct.Struct("<I")
_CHECK_AT = TAG_END - _CHECK.size


class Tag(NamedTuple):
    """Of a page that is whole."""

    model: bytes
    logical: int
    check: int  # CRC-32


def model_id(region: str) -> bytes:
    """The eight bytes that stand for a region's model in its tags."""
    return hashlib.sha256(region.encode()).digest()[:8]


def sealed(geometry: Geometry, model: bytes, logical: int, data: Bytes, code: Bytes) -> Bytes:
    """A page's content, uint8 [page + spare], of data uint8 [page] and code uint8 [<= spare - 32].

    What the code leaves of the spare is FFh.
    """
    room = geometry.spare_bytes - TAG_END
    if data.shape != (geometry.page_bytes,) or len(code) > room:
        raise not_as_agreed(
            f"data {data.shape} and code {code.shape} bytes, of {geometry.page_bytes} and {room}"
        )
    content = np.full(geometry.stride, 0xFF, np.uint8)
    content[: geometry.page_bytes] = data
    spare = content[geometry.page_bytes :]
    spare[TAG_END : TAG_END + len(code)] = code
    tag = _TAG.pack(MAGIC, model, logical, b"\xff" * 7)
    spare[1:_CHECK_AT] = np.frombuffer(tag, np.uint8)
    spare[_CHECK_AT:TAG_END] = np.frombuffer(_CHECK.pack(_check(geometry, content)), np.uint8)
    return content


def opened(geometry: Geometry, content: Bytes) -> Tag | None:
    """The tag of a page [page + spare]; none where the page is torn, blank or somebody else's."""
    spare = content[geometry.page_bytes :].tobytes()
    magic, model, logical, _ = _TAG.unpack_from(spare, 1)
    check = stored_check(geometry, content)
    if magic != MAGIC or check != _check(geometry, content):
        return None
    return Tag(model, logical, check)


def stored_check(geometry: Geometry, content: Bytes) -> int:
    """The CRC-32 that a page [page + spare] has in it, right or not."""
    (check,) = _CHECK.unpack_from(content.data, geometry.page_bytes + _CHECK_AT)
    return int(check)


def not_as_agreed(evidence: str) -> InternalFault:
    """EDGE-0171: whoever programs the flash asks for what cannot be."""
    return InternalFault(
        "What is to be programmed into the emulated flash is not as agreed",
        evidence=evidence,
        code=71,
    )


def _check(geometry: Geometry, content: Bytes) -> int:
    """CRC-32 of everything but the mark and the check itself."""
    page = geometry.page_bytes
    value = zlib.crc32(content[:page].data)
    value = zlib.crc32(content[page + 1 : page + _CHECK_AT].data, value)
    return zlib.crc32(content[page + TAG_END :].data, value)
