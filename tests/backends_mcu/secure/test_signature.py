"""The device's Ed25519 against the ``cryptography`` library and RFC 8032."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from edgesdk.bundle.signing import SigningKey

# RFC 8032, 7.1: secret key, message, signature.
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
]


def verify(library: tuple[Any, Any], key: bytes, signature: bytes, message: bytes) -> bool:
    return bool(library[1].edge_ed25519_verify(key, signature, message, len(message)))


@pytest.mark.parametrize(("secret", "message", "signature"), VECTORS)
def test_rfc_8032(library: tuple[Any, Any], secret: str, message: str, signature: str) -> None:
    key = SigningKey.from_seed(bytes.fromhex(secret))
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert verify(library, key.public, bytes.fromhex(signature), bytes.fromhex(message))


@pytest.mark.parametrize("length", [0, 1, 31, 32, 63, 64, 111, 112, 127, 128, 129, 300, 5000])
def test_messages_of_every_length(library: tuple[Any, Any], length: int) -> None:
    key = SigningKey.from_seed(hashlib.sha256(b"%d" % length).digest())
    message = hashlib.shake_256(b"%d" % length).digest(length)
    signature = key.sign(message)
    assert verify(library, key.public, signature, message)
    assert not verify(library, key.public, signature, message + b"\0")
    for at in (0, 31, 32, 63):
        wrong = bytearray(signature)
        wrong[at] ^= 1
        assert not verify(library, key.public, bytes(wrong), message)


def test_a_signature_has_one_form(library: tuple[Any, Any]) -> None:
    """S + L would pass the equation; RFC 8032 asks for S < L."""
    order = 2**252 + 27742317777372353535851937790883648493
    key = SigningKey.from_seed(bytes(32))
    signature = key.sign(b"message")
    other = int.from_bytes(signature[32:], "little") + order
    assert not verify(
        library, key.public, signature[:32] + other.to_bytes(32, "little"), b"message"
    )
