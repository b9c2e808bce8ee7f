"""A model that is open on a device: what its session knows of it beside the arrays or samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edgesdk.bench import COUNTED, MEASURED, Figure
from edgesdk.errors import LinkFailed

from .smp.model_group import DeviceReply, SlotReply


@dataclass
class OnDevice:
    """The device and the slot. A device has room for one: ``ended`` once another takes its place.

    ``seconds``: the longest that one request may take. ``arena``: bytes that the device said it
    takes; None to who did not open it, and only looks on. ``went_on``, of a trial: whether the
    device has not ended it by itself.
    """

    device: DeviceReply
    state: SlotReply
    seconds: float
    arena: int | None = None
    ended: bool = False
    went_on: Callable[[], bool] | None = None

    def live(self) -> None:
        """Raises ``LinkFailed`` (EDGE-0620) where it has ended."""
        if self.went_on is not None and not self.ended:
            self.ended = not self.went_on()
        if self.ended:
            raise LinkFailed(
                "The device has opened another model or session since",
                next_step="Open it again",
                code=20,
            )

    def memory(self, what: str) -> dict[str, Figure]:
        """What it takes. ``what`` lies in the arena."""
        flash = Figure(self.state.size, "B", COUNTED, "the model's image in its slot")
        if self.arena is None:
            return {"flash": flash}
        return {
            "peak_memory": Figure(self.arena, "B", COUNTED, f"arena of the {what}"),
            "flash": flash,
        }

    def work(self, count: float, per: str = "") -> dict[str, Figure]:
        """What the device counted: of a run, or ``per`` "s" of signal."""
        unit, of = (f"/{per}", ", for each second of signal") if per else ("", "")
        if self.device.unit == "instructions":
            note = f"by the emulator{of}; not cycles, and no time on hardware"
            return {"instructions": Figure(count, f"instructions{unit}", COUNTED, note)}
        note = f"cycle counter of the device at {self.device.clock} Hz{of}"
        return {"cycles": Figure(count, f"cycles{unit}", MEASURED, note)}
