"""What models are in a device's two slots."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from edgesdk.backend import InstalledModel
from edgesdk.errors import BundleRefused

from .interface import Interface, decode
from .smp.model_group import MODEL, ModelGroup, SlotReply

SLOTS = (0, 1)


@dataclass(frozen=True)
class Slots:
    """Both slots, as they were when they were asked for."""

    states: tuple[SlotReply, ...]

    @property
    def confirmed(self) -> SlotReply | None:
        """The model that the device comes back to.

        It is the other one that was confirmed, if that runs because this one cannot be used.
        """
        found = next((s for s in self.states if s.confirmed and s.valid), None)
        return found or next((s for s in self._proven() if s.active), None)

    @property
    def previous(self) -> SlotReply | None:
        """The model that was confirmed before: where ``rollback`` goes."""
        return next((s for s in self._proven() if s != self.confirmed), None)

    @property
    def target(self) -> int:
        """The slot that an upload goes to: the one that is not the confirmed one's."""
        kept = self.confirmed or next((s for s in self.states if s.confirmed), None)
        return SLOTS[0] if kept is None else SLOTS[1 - kept.slot]

    @property
    def on_trial(self) -> int | None:
        """The slot whose model runs, and is not confirmed; None where there is none."""
        others = (s for s in self.states if not s.confirmed and s != self.confirmed)
        return next((s.slot for s in others if s.active), None)

    @property
    def is_cut_off(self) -> bool:
        """Whether a model runs that can be used no more, and there is one to go back to."""
        return self.confirmed is None and self.on_trial is None and self.previous is not None

    def _proven(self) -> list[SlotReply]:
        return [s for s in self.states if s.valid and s.proven and not s.confirmed]


class Inventory:
    """Reads the slots; interfaces are asked for once per image."""

    def __init__(self, group: ModelGroup) -> None:
        self._group = group
        self._known: dict[bytes, Interface] = {}

    def read(self) -> Slots:
        """Both slots as they are now."""
        return Slots(tuple(self._group.slot(MODEL, slot) for slot in SLOTS))

    def interface(self, state: SlotReply) -> Interface:
        """What a slot's model says about itself."""
        if state.hash not in self._known:
            text = self._group.interface(state.slot, state.interface)
            self._known[state.hash] = decode(text)
        return self._known[state.hash]

    def installed(self, slots: Slots, lowest_counter: int) -> tuple[InstalledModel, ...]:
        """The confirmed model, and the version that ``rollback`` would return to."""
        active, previous = slots.confirmed, slots.previous
        if active is None:
            return ()
        model = partial(
            InstalledModel,
            security_counter=lowest_counter,
            slot="ab"[active.slot],
            manifest_sha256=_label(active),
        )
        try:
            interface = self.interface(active)
        except BundleRefused as error:
            return (model(name="?", version="?", problem=error.evidence),)
        name = interface.name
        before = self.version(previous, name)
        return (model(name=name, version=interface.version, previous_version=before),)

    def version(self, state: SlotReply | None, name: str) -> str | None:
        """The version of a slot's model, if it is of that name and can be read."""
        if state is None:
            return None
        with suppress(BundleRefused):
            interface = self.interface(state)
            return interface.version if interface.name == name else None
        return None


def _label(state: SlotReply) -> str:
    return state.label.hex() if any(state.label) else ""
