"""Ed25519: RFC 8032's own test vectors, keys that are none, and PEM."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from edgesdk.bundle import signing
from edgesdk.bundle.signing import SigningKey, generate, key_id, verify

from .builders import KEY, OTHER

# RFC 8032, section 7.1: seed, public key, message, signature.
RFC = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
        "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
]


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC)
def test_the_vectors_of_the_rfc(seed: str, public: str, message: str, signature: str) -> None:
    key, text = SigningKey.from_seed(bytes.fromhex(seed)), bytes.fromhex(message)
    assert key.public.hex() == public
    assert key.sign(text).hex() == signature
    assert verify(key.public, key.sign(text), text)


def test_what_does_not_hold() -> None:
    signature = KEY.sign(b"message")
    assert not verify(KEY.public, signature, b"massage")
    assert not verify(OTHER.public, signature, b"message")
    assert not verify(KEY.public, signature[:-1], b"message")
    assert not verify(KEY.public, signature + b"\0", b"message")
    assert not verify(KEY.public[:-1], signature, b"message")
    assert not verify(b"", b"", b"")
    for bit in range(512):
        flipped = bytearray(signature)
        flipped[bit // 8] ^= 1 << bit % 8
        assert not verify(KEY.public, bytes(flipped), b"message"), bit


def _eight_times_is_neutral(y: int) -> bool:
    """Whether a point with that y has an order that divides 8, by the curve's own arithmetic."""
    p = 2**255 - 19
    d = -121665 * pow(121666, -1, p) % p
    square = (y * y - 1) * pow(d * y * y + 1, -1, p) % p
    x = pow(square, (p + 3) // 8, p)
    if (x * x - square) % p:
        x = x * pow(2, (p - 1) // 4, p) % p
    assert (x * x - square) % p == 0, "no such point"
    for _ in range(3):
        t = d * x * x * y * y % p
        x, y = 2 * x * y * pow(1 + t, -1, p) % p, (y * y + x * x) * pow(1 - t, -1, p) % p
    return (x, y) == (0, 1)


def test_the_keys_of_small_order_are_those_of_the_curve() -> None:
    reduced = {y % signing._P for y in signing._SMALL_ORDER}
    assert len(reduced) == 5
    assert all(_eight_times_is_neutral(y) for y in reduced)
    assert not _eight_times_is_neutral(4 * pow(5, -1, signing._P) % signing._P)  # the base point


@pytest.mark.parametrize("sign_bit", [0, 1])
def test_nothing_holds_under_a_key_of_small_order(sign_bit: int) -> None:
    """With R the neutral element and S zero the equation holds for about one message in eight."""
    forged = (1).to_bytes(32, "little") + bytes(32)
    for y in signing._SMALL_ORDER:
        public = (y | sign_bit << 255).to_bytes(32, "little")
        for number in range(64):
            assert not verify(public, forged, b"message %d" % number)


def test_pem() -> None:
    assert SigningKey.from_pem(KEY.to_pem()).public == KEY.public
    assert signing.public_from_pem(signing.public_to_pem(KEY.public).encode()) == KEY.public


def test_pem_that_holds_no_key_of_ours() -> None:
    rsa = generate_private_key(65537, 2048)
    private = rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = rsa.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    locked = KEY._key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    for data in (b"", b"hello", private, locked, KEY.to_pem()[:-40]):
        with pytest.raises(ValueError, match=r"."):
            SigningKey.from_pem(data)
    for data in (b"", b"hello", public, KEY.to_pem()):
        with pytest.raises(ValueError, match=r"."):
            signing.public_from_pem(data)


def test_a_key_does_not_print_itself() -> None:
    key = generate()
    assert repr(key) == f"<SigningKey {key_id(key.public)}>"
    assert len(key_id(key.public)) == 16
    assert generate().public != key.public
