"""The three calls that an application makes: which devices, connect to one, load a model."""

from __future__ import annotations

from pathlib import Path

from . import registry
from .backend import Device, DeviceInfo, Session
from .bundle import read_bundle
from .bundle.keys import trusted_keys
from .config import resolve
from .errors import AmbiguousDevice, NoDevice


def devices() -> list[DeviceInfo]:
    """The devices that the installed backends can see now."""
    return registry.discover()


def connect(address: str | None = None) -> Device:
    """Connect to a device: an address, a name from ``edgesdk.toml``, or the configured default.

    With none of these, the one device there is. Raises ``NoDevice`` when there is none,
    ``AmbiguousDevice`` with their addresses when there are several, and what ``Backend.connect``
    raises.
    """
    found = resolve(address)
    return registry.connect(found if found is not None else _only_device())


def load(what: str | Path, device: Device | str | None = None) -> Session:
    """Open a model: the active one of that name on the device, or a bundle's file in place.

    ``what`` is a file when it is a ``Path`` or ends in ``.edge``. A bundle's key must be one that
    the device trusts or one of the user's own. Raises ``ModelNotFound``, ``BundleRefused``, and
    what ``connect`` raises.
    """
    connected = connect(device) if device is None or isinstance(device, str) else device
    if isinstance(what, Path) or what.endswith(".edge"):
        with read_bundle(Path(what), trusted_keys()) as bundle:
            return connected.open_bundle(bundle)
    return connected.open(what)


def _only_device() -> str:
    found = registry.discover()
    if not found:
        raise NoDevice(
            "There is no device here",
            next_step="Give an address with --device, or see 'edgesdk doctor'",
        )
    if len(found) > 1:
        raise AmbiguousDevice(
            f"{len(found)} devices are here; say which one",
            evidence="\n  ".join(f"--device '{info.address}'" for info in found),
        )
    return found[0].address
