"""MCUboot images, as ``imgtool sign`` makes them: header, payload, protected TLVs, TLVs.

Format: MCUboot, docs/design.md, "Image Format". Signed with Ed25519 over the SHA-256 of header,
payload and protected TLVs (imgtool's default for that key type, not ``--pure``).
``docs/secure-boot.md`` says which TLVs a device of ours asks for.
"""

from __future__ import annotations

import hashlib
import re
import struct
from dataclasses import dataclass

from edgesdk.bundle.signing import SigningKey

MAGIC = 0x96F3B83D
NON_BOOTABLE, RAM_LOAD = 0x10, 0x20  # header flags
KEY_HASH, SHA256, ED25519, SECURITY_COUNTER = 0x01, 0x10, 0x24, 0x50  # TLV types
MADE_FOR, NAME = 0xA0, 0xA1  # ours: the board or target, the model's name
MODEL_HEADER, FIRMWARE_HEADER = 0x20, 0x200  # bytes; a vector table must be so aligned
_PLAIN, _PROTECTED = 0x6907, 0x6908
_HEADER = struct.Struct("<IIHHIIBBHII")
_PAIR = struct.Struct("<HH")
# SubjectPublicKeyInfo of an Ed25519 key (RFC 8410), up to the key itself.
_SPKI = bytes.fromhex("302a300506032b6570032100")


@dataclass(frozen=True)
class Image:
    """A signed image. ``digest``, ``key_hash``: 32 bytes; ``signature``: 64."""

    content: bytes
    security_counter: int
    digest: bytes
    key_hash: bytes
    signature: bytes

    @property
    def size(self) -> int:
        """Bytes of all of it."""
        return len(self.content)


def make_model_image(
    payload: bytes, *, name: str, version: str, security_counter: int, target: str, key: SigningKey
) -> Image:
    """An image that holds an execution plan for a target."""
    return make_image(
        payload,
        header_size=MODEL_HEADER,
        flags=NON_BOOTABLE,
        load_address=0,
        version=version,
        security_counter=security_counter,
        vendor={MADE_FOR: target.encode(), NAME: name.encode()[:48]},
        key=key,
    )


def make_firmware_image(
    payload: bytes,
    *,
    board: str,
    load_address: int,
    version: str,
    security_counter: int,
    key: SigningKey,
) -> Image:
    """An image that a boot stage copies to RAM and starts."""
    return make_image(
        payload,
        header_size=FIRMWARE_HEADER,
        flags=RAM_LOAD,
        load_address=load_address,
        version=version,
        security_counter=security_counter,
        vendor={MADE_FOR: board.encode()},
        key=key,
    )


def make_image(
    payload: bytes,
    *,
    header_size: int,
    flags: int,
    load_address: int,
    version: str,
    security_counter: int,
    vendor: dict[int, bytes],
    key: SigningKey,
) -> Image:
    """Sign a payload. Raises ``struct.error`` for numbers that the format cannot hold."""
    protected = _tlv(SECURITY_COUNTER, struct.pack("<I", security_counter))
    protected += b"".join(_tlv(kind, value) for kind, value in vendor.items())
    protected = _PAIR.pack(_PROTECTED, _PAIR.size + len(protected)) + protected
    header = _HEADER.pack(
        MAGIC,
        load_address,
        header_size,
        len(protected),
        len(payload),
        flags,
        *version_numbers(version),
        0,
    ).ljust(header_size, b"\xff")
    hashed = header + payload + protected
    digest = hashlib.sha256(hashed).digest()
    key_hash = hash_of_key(key.public)
    signature = key.sign(digest)
    tlvs = _tlv(SHA256, digest) + _tlv(KEY_HASH, key_hash) + _tlv(ED25519, signature)
    content = hashed + _PAIR.pack(_PLAIN, _PAIR.size + len(tlvs)) + tlvs
    return Image(content, security_counter, digest, key_hash, signature)


def hash_of_key(public: bytes) -> bytes:
    """What MCUboot calls a key: SHA-256 of its SubjectPublicKeyInfo."""
    return hashlib.sha256(_SPKI + public).digest()


def version_numbers(text: str) -> tuple[int, int, int, int]:
    """Major, minor, revision, build, as far as a version's text begins with such numbers.

    The text itself travels in the interface; these are for MCUboot's tools.
    """
    found = re.match(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\+(\d+))?", text)
    major, minor, revision, build = (
        (int(part or 0) for part in found.groups()) if found else (0,) * 4
    )
    return min(major, 0xFF), min(minor, 0xFF), min(revision, 0xFFFF), min(build, 0xFFFFFFFF)


def _tlv(kind: int, value: bytes) -> bytes:
    return _PAIR.pack(kind, len(value)) + value
