"""What a device sees of an image before it erases anything: sizes, digest, signature.

The part ``announcement`` of a bundle; 136 bytes, little-endian: image bytes (u32), security counter
(u32), SHA-256 of the image, SHA-256 of the signing key (as in its TLV), Ed25519 signature over the
first.
"""

from __future__ import annotations

import struct
from typing import Any

from edgesdk.backend import Seal
from edgesdk.errors import FormatRefused

from .image import Image, make_model_image

ROLE = "announcement"

_LAYOUT = struct.Struct("<II32s32s64s")
SIZE = _LAYOUT.size


def encode(image: Image) -> bytes:
    """The announcement of an image."""
    return _LAYOUT.pack(
        image.size, image.security_counter, image.digest, image.key_hash, image.signature
    )


def sealed(payload: bytes, seal: Seal, target: str) -> list[tuple[str, str, bytes]]:
    """The parts of a bundle for one model: what announces its image, then all of it."""
    image = make_model_image(
        payload,
        name=seal.name,
        version=seal.version,
        security_counter=seal.security_counter,
        target=target,
        key=seal.key,
    )
    return [
        ("announcement.bin", ROLE, encode(image)),
        ("model.img", "model", image.content),
    ]


def request(content: bytes, label: bytes, image: int) -> dict[str, Any]:
    """The body of the request that announces an image to a device; ``label`` is 32 bytes."""
    if len(content) != SIZE:
        raise FormatRefused(
            "The bundle announces its image in a way that this edgesdk does not understand",
            evidence=f"{len(content)} bytes where {SIZE} belong",
            code=36,
        )
    size, counter, digest, key_hash, signature = _LAYOUT.unpack(content)
    return {
        "image": image,
        "len": size,
        "ctr": counter,
        "sha": digest,
        "key": key_hash,
        "sig": signature,
        "label": label,
    }
