"""A manifest whose signature held before anything in it was looked at."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ..errors import SignatureRefused
from . import limits
from .keys import name_of
from .manifest import Manifest, decode
from .signing import SigningKey, key_id, verify
from .strict_json import too_large

UNTRUSTED = 4  # the code of EDGE-0804: the signature holds, its key is not trusted


@dataclass(frozen=True)
class SignedManifest:
    """The manifest's exact bytes, its signature, and the key that made it.

    Made by ``verified`` and by nothing else: ``manifest`` is parsed from ``data``.
    """

    data: bytes
    signature: bytes  # 64 bytes
    public_key: bytes  # 32 bytes
    manifest: Manifest

    @classmethod
    def verified(
        cls, data: bytes, signature_member: bytes, trusted: Collection[bytes] | None
    ) -> SignedManifest:
        """Verify, and only then parse.

        ``signature_member`` is the content of ``manifest.sig``; ``trusted`` are public keys of 32
        bytes, None means any key. Raises ``SignatureRefused``: EDGE-0801 when the signature does
        not hold, EDGE-0804 when its key is not trusted; ``FormatRefused`` as ``manifest.decode``.
        """
        if len(data) > limits.MANIFEST:
            raise too_large(len(data))
        public, signature = _split(signature_member)
        if not verify(public, signature, data):
            raise _wrong(f"it claims to be made by key {key_id(public)}")
        if trusted is not None and public not in trusted:
            raise untrusted(key_id(public), map(key_id, trusted))
        return cls(data, signature, public, decode(data))

    @property
    def signature_member(self) -> bytes:
        """The content of ``manifest.sig``: public key, then signature; 96 bytes."""
        return self.public_key + self.signature

    @property
    def key_id(self) -> str:
        """The id of the key that signed."""
        return key_id(self.public_key)


def sign(data: bytes, key: SigningKey) -> bytes:
    """The content of ``manifest.sig`` for a manifest's bytes."""
    return key.public + key.sign(data)


def _split(member: bytes) -> tuple[bytes, bytes]:
    if len(member) != limits.SIGNATURE_MEMBER:
        raise _wrong(f"{len(member)} bytes where {limits.SIGNATURE_MEMBER} belong")
    return member[: limits.PUBLIC_KEY], member[limits.PUBLIC_KEY :]


def _wrong(evidence: str) -> SignatureRefused:
    return SignatureRefused(
        "The bundle's signature does not hold",
        evidence=evidence,
        next_step="The file is damaged or forged: get it again from whoever signed it",
        code=1,
    )


def untrusted(signer: str, trusted: Iterable[str], address: str = "ADDRESS") -> SignatureRefused:
    """The refusal of a key that nobody trusts here; both are ids. ``address``: the device's."""
    own = name_of(signer)
    known = ", ".join(sorted(trusted)) or "none"
    return SignatureRefused(
        "The bundle is signed by a key that is not trusted here",
        evidence=f"signed by {signer}; trusted: {known}",
        next_step=f"It is your key {own!r}: edgesdk keys trust {own} --device {address}"
        if own
        else "If you trust its holder: 'edgesdk keys add' on this machine, and "
        "'edgesdk keys trust' for a device",
        code=4,
    )
