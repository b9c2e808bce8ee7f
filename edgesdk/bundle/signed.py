"""A manifest whose signature held before anything in it was looked at."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ..errors import SignatureRefused
from . import limits
from .keys import kept_as
from .manifest import Manifest, decode
from .signing import SigningKey, key_id, verify
from .strict_json import too_large

UNTRUSTED = 4  # the code of EDGE-0804: the signature holds, its key is not trusted
_SIGNER = re.compile(r"signed by ([0-9a-f]{16});")


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
    known = ", ".join(sorted(trusted)) or "none"
    return SignatureRefused(
        "The bundle is signed by a key that is not trusted here",
        evidence=f"signed by {signer}; trusted: {known}",
        next_step=_to_trust(signer, address),
        code=4,
    )


def advise(error: SignatureRefused, address: str) -> None:
    """Say what to do here about a refusal from the device at that address.

    A board behind ssh knows its own key folder, and not the address that it has here.
    """
    signer = _SIGNER.match(error.evidence)
    if error.code == UNTRUSTED and signer:
        error.next_step = _to_trust(signer[1], address)
    else:
        error.next_step = error.next_step.replace("ADDRESS", address)


def _to_trust(signer: str, address: str) -> str:
    kept = kept_as(signer)
    if kept is None:
        return (
            "If you trust its holder: 'edgesdk keys add' on this machine, and "
            "'edgesdk keys trust' for a device"
        )
    command = f"edgesdk keys trust {kept.name} --device {address}"
    if kept.private:
        return f"It is your key {kept.name!r}: {command}"
    return f"It is the key that you keep as {kept.name!r}; if you trust its holder: {command}"
