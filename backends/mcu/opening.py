"""Opening the model in a slot: the device runs one at a time, and proves it on its own vectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgesdk.errors import DeviceReverted, DeviceUnavailable
from edgesdk.sensing.description import read as read_description
from edgesdk.sensing.session import FrontEndSession
from edgesdk.sensing.streaming import StreamingSession
from edgesdk.session import BaseSession

from .inventory import Inventory
from .on_device import OnDevice
from .sensing_session import McuSensingSession
from .session import McuSession
from .smp.client import SmpClient
from .smp.model_group import MODEL, DeviceReply, ModelGroup, SlotReply
from .smp.sensing_group import SensingGroup

_SILENCE = 30.0  # seconds; the device's own limit is twice as long


class OpenModel:
    """The model that a device runs now, if any. ``seconds``: the longest that one inference may
    take."""

    def __init__(
        self, client: SmpClient, group: ModelGroup, inventory: Inventory, seconds: float
    ) -> None:
        self._client, self._group, self._inventory = client, group, inventory
        self._seconds = seconds
        self._model: OnDevice | None = None
        self._onlooker: OnDevice | None = None
        self._vectors = 0

    @property
    def slot(self) -> int | None:
        """Where it is; None where nothing runs."""
        return None if self._model is None else self._model.state.slot

    @property
    def in_use(self) -> bool:
        """Whether somebody has its session, and did not close it. To look on is no use."""
        return self._model is not None and not self._model.ended

    def open(self, slot: int, device: DeviceReply) -> BaseSession:
        """Open the model in a slot, in place of what runs."""
        with self._client.turn:  # no session is amid a run
            return self._open(slot, device)

    def _open(self, slot: int, device: DeviceReply) -> BaseSession:
        self.end()
        opened = self._group.open(slot)
        state = self._group.slot(MODEL, slot)
        interface = self._inventory.interface(state)
        model = OnDevice(device, state, self._seconds, opened.arena)
        if not state.confirmed:
            model.went_on = lambda: self._went_on(state)
        session: BaseSession
        if interface.sensing is not None:
            session = self._sensing(model, interface.sensing)
        else:
            session = McuSession(self._group, model, opened, interface)
        self._model, self._vectors = model, opened.golden
        if interface.frontend is None:
            return session
        return FrontEndSession(session, interface.frontend)

    def listening(
        self, document: Mapping[str, Any], state: SlotReply, device: DeviceReply
    ) -> StreamingSession:
        """A session that looks on at the sensing program that runs, in place of one that did.

        Raises ``DeviceUnavailable`` (EDGE-0522) where somebody has the program's own session: one
        would take events from the other.
        """
        self.need_free()
        model = OnDevice(device, state, self._seconds)
        session = self._sensing(model, document)
        self._end_looking()
        self._onlooker = model
        return session

    def need_free(self) -> None:
        """Raise ``DeviceUnavailable`` (EDGE-0522) where it is in use."""
        if self.in_use:
            raise DeviceUnavailable(
                "The device runs one session at a time",
                next_step="Close the other session first",
                code=22,
            )

    def prove(self) -> None:
        """Let the device answer the vectors that it holds. Raises ``DeviceReverted``."""
        assert self._model is not None
        for vector in range(self._vectors):
            wrong, _ = self._group.golden(vector, self._seconds)
            if wrong:
                raise DeviceReverted(
                    "The device answers its own golden vectors wrongly; its old model stays",
                    evidence=f"vector {vector}: {wrong} bytes differ",
                    code=2,
                )

    def end(self) -> None:
        """End its session, whoever has it, and that of who looks on."""
        with self._client.turn:
            self._end_looking()
            if self._model is not None:
                self._model.ended = True
                self._model = None

    def _went_on(self, state: SlotReply) -> bool:
        """Whether a trial may still run: a device ends one whose host was silent for a minute."""
        if self._client.silence < _SILENCE:
            return True
        now = self._group.slot(MODEL, state.slot)
        return now.active and now.hash == state.hash

    def _end_looking(self) -> None:
        if self._onlooker is not None:
            self._onlooker.ended = True
            self._onlooker = None

    def _sensing(self, model: OnDevice, document: Mapping[str, Any]) -> StreamingSession:
        group = SensingGroup(self._client)
        return McuSensingSession(group, model, read_description(document))
