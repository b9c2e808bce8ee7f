"""What an agent holds: one device of the board, its lock, its spool, and the opened sessions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass

from .. import registry
from ..address import Address
from ..backend import Device, DeviceInfo, Session
from ..bench import Opening
from ..bundle import SignedManifest
from ..decoder.prefix import PrefixCache
from ..decoder.session import DecoderSession
from .board_errors import too_many_sessions
from .board_lock import HostLock, agent_folder
from .call import senseless
from .spool import Spool

MOST_SESSIONS = 64


@dataclass(frozen=True)
class Held:
    """An opened session, how it was opened, and of a decoder what its cache holds."""

    session: Session
    opening: Opening
    cache: PrefixCache | None


class Board:
    """The state of one agent. Calls are made one after the other, by one thread.

    ``undisturbed``: a block in which nothing interrupts that thread.
    """

    def __init__(
        self, undisturbed: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        self._undisturbed = undisturbed
        self._connected: _Connected | None = None
        self.signed: SignedManifest | None = None  # of the deploy under way
        self._sessions: dict[int, Held] = {}
        self._opened = 0

    @property
    def device(self) -> Device:
        """The connected one. Raises ``UsageError`` (EDGE-02291) where there is none."""
        return self._here().device

    @property
    def spool(self) -> Spool:
        """The connected device's; raises as ``device``."""
        return self._here().spool

    def connect(self, text: str) -> Device:
        """Connect to a device of this board, and keep all other hosts away from it."""
        if self._connected is not None:
            raise senseless("it is connected to a device already")
        address = Address.parse(text)
        if address.scheme == "ssh":
            raise senseless("it goes on to no other board", f"asked for {text[:200]}")
        with ExitStack() as stack:
            lock = HostLock(address)
            stack.enter_context(lock)
            spool = Spool(agent_folder() / "spool", lock.device)
            spool.sweep()
            device = stack.enter_context(registry.connect(address))
            self._connected = _Connected(device, device.info, spool, stack.pop_all())
        return device

    def hold(self, how: Callable[[], Session | None]) -> tuple[int, Session] | None:
        """Open a session and give it a number; None where there is none."""
        info = self._here().info
        if len(self._sessions) >= MOST_SESSIONS:
            raise too_many_sessions(MOST_SESSIONS)
        opening = Opening(local=info.local, alone=self._opened == 0, emulated=info.emulated)
        session = opening.open(how)
        if session is None:
            return None
        cache = PrefixCache(session) if isinstance(session, DecoderSession) else None
        self._opened += 1
        self._sessions[self._opened] = Held(session, opening, cache)
        return self._opened, session

    def held(self, number: int) -> Held:
        """An opened session. Raises ``UsageError`` (EDGE-02291)."""
        found = self._sessions.get(number)
        if found is None:
            raise senseless(f"no session has the number {number}")
        return found

    def used(self, number: int) -> Held:
        """The same, to be used by itself: what its cache holds is known no more."""
        held = self.held(number)
        if held.cache is not None:
            held.cache.lost()
        return held

    def let_go(self, number: int) -> None:
        """Close a session, if it is not closed already."""
        with self._undisturbed():
            held = self._sessions.pop(number, None)
            if held is not None:
                held.session.close()

    def forget(self) -> None:
        """No deploy is under way any more; what was sent for it may make room for the next."""
        self.signed = None
        if self._connected is not None:
            self._connected.spool.needed = frozenset()

    def close(self) -> None:
        """Close all sessions, then the device; then another host may come. Safe to call twice."""
        with self._undisturbed():
            try:
                for number in list(self._sessions):
                    self._close_session(number)
            finally:
                connected, self._connected = self._connected, None
                self.signed = None
                if connected is not None:
                    connected.stack.close()

    def _close_session(self, number: int) -> None:
        try:
            self.let_go(number)
        except Exception as error:  # the others, and the device, must be let go all the same
            print(f"edgesdk agent: a session did not close: {error}", file=sys.stderr)

    def _here(self) -> _Connected:
        if self._connected is None:
            raise senseless("it is connected to no device yet")
        return self._connected


@dataclass(frozen=True)
class _Connected:
    """``stack`` closes the device and then frees the lock."""

    device: Device
    info: DeviceInfo  # as it was when the host came
    spool: Spool
    stack: ExitStack
