"""The three calls that an application makes: which devices, connect to one, load a model."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from . import registry
from .backend import Device, DeviceInfo, Session
from .bundle import read_bundle
from .bundle.keys import trusted_keys
from .config import resolve
from .errors import AmbiguousDevice, NoDevice, UsageError
from .session import BaseSession
from .tensors import TensorSpec


def devices() -> list[DeviceInfo]:
    """The devices that the installed backends can see now.

    None of them is opened or changed. A backend that cannot look is left
    out, with a ``BackendWarning``.
    """
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

    ``what`` is a file when it is a ``Path`` or ends in ``.edge``. A bundle's key must be in
    the user's key folder (``edgesdk keys add``). ``device``: as ``connect`` takes it, and then
    closed with the session; or a connected one, which stays open. Raises ``ModelNotFound``,
    ``BundleRefused``, ``UsageError`` for a file on a device that runs installed models only
    (EDGE-0208) or a source model (EDGE-02299), and what ``connect`` raises.
    """
    if not isinstance(what, str | Path):
        raise UsageError(
            f"load takes the name of an installed model, or a bundle's file; got {what!r:.80}",
            next_step='For example: edgesdk.load("sound", "cpu:")',
            code=299,
        )
    if device is not None and not isinstance(device, str):
        return _open(what, device)
    connected = connect(device)
    try:
        session = _open(what, connected)
        if not isinstance(session, BaseSession):
            return OwningSession(session, connected)
        session.also_close(connected.close)
        return session
    except BaseException:
        connected.close()
        raise


class OwningSession:
    """A session of a kind that is not ours, which lets go of its device when it closes.

    All else is the inner session's own, without a call in between.
    """

    def __init__(self, session: Session, device: Device) -> None:
        self._session = session
        self._device = device
        self.run = session.run

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """As ``edgesdk.backend.Session.inputs``."""
        return self._session.inputs

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """As ``edgesdk.backend.Session.outputs``."""
        return self._session.outputs

    def close(self) -> None:
        """Close the session, then the device. Safe to call twice."""
        try:
            self._session.close()
        finally:
            self._device.close()

    def __enter__(self) -> OwningSession:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def refuse_source(what: str | Path, device: Device) -> None:
    """Raise ``UsageError`` (EDGE-02299) for a source model; the name of a model is no path."""
    from .formats import is_source

    text = str(what)
    if not {"/", "."} & {*text} or not is_source(text) or not Path(text).exists():
        return
    address = shlex.quote(device.info.address)
    raise UsageError(
        f"{what} is a source model, and this takes one that is installed, or a bundle",
        next_step=f"Deploy it: edgesdk deploy {shlex.quote(text)} --device {address}; then give "
        "the name that it was deployed as",
        code=299,
    )


def _open(what: str | Path, device: Device) -> Session:
    refuse_source(what, device)
    if isinstance(what, Path) or what.endswith(".edge"):
        with read_bundle(Path(what), trusted_keys()) as bundle:
            return device.open_bundle(bundle)
    return device.open(what)


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
