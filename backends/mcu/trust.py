"""Whose images a device takes: a change must be vouched for by a key that it trusts already."""

from __future__ import annotations

from edgesdk.bundle.keys import list_keys, load_signing
from edgesdk.bundle.signing import SigningKey, key_id
from edgesdk.errors import SignatureRefused, UsageError

from .reasons import refusing
from .smp.model_group import DeviceReply, ModelGroup

_NO_SIGNATURE = bytes(64)  # the first key of a fresh device needs none


def change(group: ModelGroup, key: bytes, *, trust: bool) -> None:
    """Trust a key or take it back. Raises ``UsageError`` (EDGE-0256), ``SignatureRefused``."""
    device = group.device()
    if trust and key in device.keys:
        return
    if not trust and key not in device.keys:
        known = ", ".join(key_id(k) for k in device.keys) or "none"
        raise UsageError(
            f"The device does not trust the key {key_id(key)}",
            evidence=f"it trusts: {known}",
            code=56,
        )
    signature = _NO_SIGNATURE
    if device.keys:
        verb = b"edgesdk key trust " if trust else b"edgesdk key drop  "
        signature = _voucher(device).sign(
            verb + device.id + key + device.changes.to_bytes(4, "little")
        )
    with refusing("The device does not change its keys"):
        group.change_key(trust, key, signature)


def _voucher(device: DeviceReply) -> SigningKey:
    """A private key of this user that the device trusts."""
    for entry in list_keys():
        if entry.private and entry.public in device.keys:
            return load_signing(entry.name)
    raise SignatureRefused(
        "A change of keys must be signed by a key that the device trusts",
        evidence=f"it trusts {', '.join(key_id(k) for k in device.keys)}; "
        "none of them is among your private keys",
        next_step="Ask the holder of one of these keys, or erase the device with a debug probe",
        code=35,
    )
