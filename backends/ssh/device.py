"""A device of a board at a distance: every call goes to the agent, which has the device."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, TypeVar

from edgesdk.agent.wire.arguments import Content, Key, Named, Nothing, OfPart
from edgesdk.agent.wire.told import done_of
from edgesdk.backend import DeviceInfo, Fit, FitReport, InstalledModel
from edgesdk.bundle import Bundle, Part, SignedManifest
from edgesdk.session import BaseSession, closed_device

from .connection import Connection
from .connection.answers import device_info, read
from .connection.exchange import Pending
from .sessions.opening import MOST_TEXTS, session_of
from .upload import WholeBundle, upload

T = TypeVar("T")
_NOTHING = Nothing()


class SshDevice:
    """See ``edgesdk.backend.Device``; ``abilities`` has what only some devices can."""

    def __init__(self, connection: Connection) -> None:
        self._held, self._closed = connection, False

    @property
    def _connection(self) -> Connection:
        if self._closed:
            raise closed_device()
        return self._held

    @property
    def info(self) -> DeviceInfo:
        """What the device says of itself, under the address that it has here."""
        found = read(self._connection, DeviceInfo, self._connection.call("info"), "info")
        return device_info(self._connection, found)

    def models(self) -> tuple[InstalledModel, ...]:
        """The installed models."""
        return self._ask(tuple[InstalledModel, ...], "models", "models")

    def check(self, signed: SignedManifest) -> FitReport:
        """Whether a bundle fits; the board's spool has a row of its own."""
        answer = self._connection.call("check", blobs=_signed(signed))
        return FitReport(read(self._connection, tuple[Fit, ...], answer, "rows"))

    def wants(self, part: Part) -> bool:
        """Whether the device keeps a part."""
        return self._ask(bool, "wants", "wants", OfPart(part))

    def begin(self, signed: SignedManifest) -> None:
        """Take the device for one deploy."""
        self._connection.call("begin", blobs=_signed(signed))

    def stage(self, part: Part, stream: BinaryIO, progress: Callable[[int], None]) -> str:
        """Upload a part to the board, and have it written into the inactive slot there.

        The way to the board counts for one half of ``progress``, the way into the slot for the
        other one.
        """
        told = -1

        def tell(done: int) -> None:
            nonlocal told
            if done > told:
                progress(told := done)

        def written(event: Mapping[str, Any]) -> None:
            if (done := done_of(event, part.size)) is not None:
                tell((part.size + done) // 2)

        upload(
            self._connection,
            Content(part.sha256, part.size),
            stream,
            lambda there: tell(there // 2),
        )
        request = self._connection.submit("stage", OfPart(part), tells=True)
        answer = self._connection.follow(request, written)
        tell(part.size)
        return read(self._connection, str, answer, "sha256")

    def trial(self) -> BaseSession:
        """Open the staged model."""
        return self._session(self._connection.call("trial", most=MOST_TEXTS))

    def confirm(self) -> InstalledModel:
        """Make the staged model the active one."""
        return self._ask(InstalledModel, "model", "confirm")

    def revert(self) -> None:
        """Forget the staged model."""
        self._connection.call("revert")

    def rollback(self, name: str) -> InstalledModel:
        """Make the previous model of a name active again."""
        return self._ask(InstalledModel, "model", "rollback", Named(name))

    def open(self, name: str) -> BaseSession:
        """Open the active model of a name."""
        return self._session(self._connection.call("open", Named(name), most=MOST_TEXTS))

    def open_bundle(self, bundle: Bundle) -> BaseSession:
        """Upload a bundle to the board's spool, and open it there without installing it."""
        whole = WholeBundle(bundle)
        content = whole.content()
        upload(self._connection, content, whole, lambda there: None)
        return self._session(self._connection.call("open_bundle", content, most=MOST_TEXTS))

    def trust(self, public_key: bytes) -> None:
        """Provision a key."""
        self._connection.call("trust", Key(public_key))

    def distrust(self, public_key: bytes) -> None:
        """Take a key back."""
        self._connection.call("distrust", Key(public_key))

    def close(self) -> None:
        """Let the board close the device, and end the connection."""
        if not self._closed:
            self._closed = True
            self._held.goodbye()

    def __enter__(self) -> SshDevice:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _ask(self, kind: type[T], key: str, call: str, arguments: object = _NOTHING) -> T:
        return read(self._connection, kind, self._connection.call(call, arguments), key)

    def _session(self, answer: Pending) -> BaseSession:
        return session_of(self._connection, answer)


def _signed(signed: SignedManifest) -> list[bytes]:
    return [signed.data, signed.signature_member]
