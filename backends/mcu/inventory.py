"""What models are in a device's two slots."""

from __future__ import annotations

from dataclasses import dataclass

from edgesdk.backend import InstalledModel
from edgesdk.errors import BundleRefused

from .interface import Interface, decode
from .smp.model_group import MODEL, ModelGroup, SlotReply

SLOTS = (0, 1)


@dataclass(frozen=True)
class Occupied:
    """A slot with a whole model in it."""

    state: SlotReply
    interface: Interface


class Inventory:
    """Reads the slots; interfaces are asked for once per image."""

    def __init__(self, group: ModelGroup) -> None:
        self._group = group
        self._known: dict[bytes, Interface] = {}

    def slots(self) -> list[SlotReply]:
        """Both slots as they are now."""
        return [self._group.slot(MODEL, slot) for slot in SLOTS]

    def confirmed(self) -> Occupied | None:
        """The model that the device comes back to."""
        for state in self.slots():
            if state.confirmed and state.valid:
                return Occupied(state, self.interface(state))
        return None

    def other(self) -> Occupied | None:
        """The model that was confirmed before: where ``rollback`` goes."""
        for state in self.slots():
            if state.valid and state.proven and not state.confirmed:
                return Occupied(state, self.interface(state))
        return None

    def target(self) -> int:
        """The slot that an upload goes to: the one that is not confirmed."""
        return next((state.slot for state in self.slots() if not state.confirmed), SLOTS[0])

    def interface(self, state: SlotReply) -> Interface:
        """What a slot's model says about itself."""
        if state.hash not in self._known:
            text = self._group.interface(state.slot, state.interface)
            self._known[state.hash] = decode(text)
        return self._known[state.hash]

    def installed(self, lowest_counter: int) -> tuple[InstalledModel, ...]:
        """The confirmed model, and the version that ``rollback`` would return to."""
        try:
            active = self.confirmed()
        except BundleRefused as error:
            return (InstalledModel("?", "?", lowest_counter, "?", problem=error.evidence),)
        if active is None:
            return ()
        other = self.other()
        name = active.interface.name
        same = other is not None and other.interface.name == name
        label = active.state.label
        return (
            InstalledModel(
                name=name,
                version=active.interface.version,
                security_counter=lowest_counter,
                slot="ab"[active.state.slot],
                previous_version=other.interface.version if other and same else None,
                manifest_sha256=label.hex() if any(label) else "",
            ),
        )
