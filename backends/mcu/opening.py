"""Opening the model in a slot: the device runs one at a time, and proves it on its own vectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgesdk.errors import DeviceReverted
from edgesdk.sensing.description import read as read_description
from edgesdk.sensing.session import FrontEndSession
from edgesdk.sensing.streaming import StreamingSession
from edgesdk.session import BaseSession

from .inventory import Inventory
from .sensing_session import McuSensingSession
from .session import McuSession
from .smp.client import SmpClient
from .smp.model_group import MODEL, DeviceReply, ModelGroup, OpenReply, SlotReply
from .smp.sensing_group import SensingGroup


class OpenModel:
    """The model that a device runs now, if any. ``seconds``: the longest that one inference may
    take."""

    def __init__(
        self, client: SmpClient, group: ModelGroup, inventory: Inventory, seconds: float
    ) -> None:
        self._client, self._group, self._inventory = client, group, inventory
        self._seconds = seconds
        self._session: McuSession | McuSensingSession | None = None

    @property
    def slot(self) -> int | None:
        """Where it is; None where nothing runs."""
        return None if self._session is None else self._session.slot

    @property
    def in_use(self) -> bool:
        """Whether somebody has its session, and did not close it."""
        return self._session is not None and not self._session.ended

    def open(self, slot: int, device: DeviceReply) -> BaseSession:
        """Open the model in a slot, in place of what runs."""
        self.end()
        opened = self._group.open(slot)
        state = self._group.slot(MODEL, slot)
        interface = self._inventory.interface(state)
        if interface.sensing is not None:
            return self._sensing(opened, interface.sensing, state, device)
        session = McuSession(
            self._group,
            device,
            opened,
            interface,
            slot=slot,
            size=state.size,
            seconds=self._seconds,
        )
        self._session = session
        if interface.frontend is None:
            return session
        return FrontEndSession(session, interface.frontend)

    def listening(
        self, document: Mapping[str, Any], state: SlotReply, device: DeviceReply
    ) -> StreamingSession:
        """A session that looks on at the sensing program that runs, and does not begin it anew."""
        return self._sensing(OpenReply(0, 0, 0, 0), document, state, device, begin=False)

    def prove(self) -> None:
        """Let the device answer the vectors that it holds. Raises ``DeviceReverted``."""
        assert self._session is not None
        for vector in range(self._session.opened.golden):
            wrong, _ = self._group.golden(vector, self._seconds)
            if wrong:
                raise DeviceReverted(
                    "The device answers its own golden vectors wrongly; its old model stays",
                    evidence=f"vector {vector}: {wrong} bytes differ",
                    code=2,
                )

    def end(self) -> None:
        """End its session, whoever has it."""
        if self._session is not None:
            self._session.ended = True
            self._session = None

    def _sensing(
        self,
        opened: OpenReply,
        document: Mapping[str, Any],
        state: SlotReply,
        device: DeviceReply,
        *,
        begin: bool = True,
    ) -> StreamingSession:
        session = McuSensingSession(
            SensingGroup(self._client),
            device,
            opened,
            read_description(document),
            slot=state.slot,
            size=state.size,
            seconds=self._seconds,
            begin=begin,
        )
        self._session = session
        return session
