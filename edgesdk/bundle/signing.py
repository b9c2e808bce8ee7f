"""Ed25519 (RFC 8032): keys are 32 bytes, signatures 64, and the message is the manifest's bytes."""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from . import limits

_P = 2**255 - 19  # the field of the curve
_Y8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7  # of points of order 8
# The y of every point whose order divides 8, and the two that are not reduced. Anybody can make
# signatures that hold under such a key (and RFC 8032 lets them pass), so none of them is a key.
_SMALL_ORDER = frozenset({0, 1, _Y8, _P - _Y8, _P - 1, _P, _P + 1})


class SigningKey:
    """A private key. It is never printed, and never leaves this object but as PEM."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public: bytes = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """The key of a seed: 32 bytes, RFC 8032's private key. Raises ``ValueError``."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def from_pem(cls, data: bytes) -> SigningKey:
        """A key from unencrypted PKCS#8 PEM. Raises ``ValueError``."""
        try:
            key = load_pem_private_key(data, password=None)
        except TypeError:  # how the library says that a password is needed
            raise ValueError("the key is encrypted") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("not an Ed25519 key")
        return cls(key)

    def to_pem(self) -> bytes:
        """Unencrypted PKCS#8 PEM: whoever reads it can sign."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def sign(self, message: bytes) -> bytes:
        """The signature: 64 bytes, the same for the same message."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        return f"<SigningKey {key_id(self.public)}>"


def generate() -> SigningKey:
    """A new key from the system's randomness."""
    return SigningKey(Ed25519PrivateKey.generate())


def key_id(public: bytes) -> str:
    """What people and files call a key: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def verify(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the holder of the key signed the message. Never raises."""
    if len(public) != limits.PUBLIC_KEY or len(signature) != limits.SIGNATURE:
        return False
    if int.from_bytes(public, "little") & (2**255 - 1) in _SMALL_ORDER:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_to_pem(public: bytes) -> str:
    """A public key (32 bytes) as PEM (SubjectPublicKeyInfo, RFC 8410)."""
    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def public_from_pem(data: bytes) -> bytes:
    """The 32 bytes of a public key in PEM. Raises ``ValueError``."""
    key = load_pem_public_key(data)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 key")
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)
