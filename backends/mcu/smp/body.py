"""The CBOR map after the header: plain values only, and nothing that nests deep."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import cbor2

DEEPEST = 4  # levels, the map itself included
_MAP = 5  # CBOR's major type


def encode(body: Mapping[str, Any]) -> bytes:
    """The bytes of a map."""
    return cbor2.dumps(dict(body))


def decode(data: bytes) -> dict[str, Any] | None:
    """The map, or None where the bytes are something else. An empty body is an empty map."""
    if not data:
        return {}
    if data[0] >> 5 != _MAP:
        return None
    stream = BytesIO(data)
    try:
        found = cbor2.CBORDecoder(stream).decode()
    except (cbor2.CBORError, ValueError, OverflowError, RecursionError, MemoryError, TypeError):
        return None
    whole = stream.tell() == len(data)
    return found if whole and isinstance(found, dict) and _is_plain(found, DEEPEST) else None


def _is_plain(value: Any, levels: int) -> bool:
    if isinstance(value, (dict, list)) and levels == 0:
        return False
    if isinstance(value, dict):
        return all(type(k) is str and _is_plain(v, levels - 1) for k, v in value.items())
    if isinstance(value, list):
        return all(_is_plain(item, levels - 1) for item in value)
    if type(value) is int:
        return -(2**64) <= value < 2**64  # more is a tag's work
    return value is None or type(value) in (bool, str, bytes)
