"""What can go wrong with an emulated accelerator, by name: ``hang``, ``hang:3``, ``late:0:2``."""

from __future__ import annotations

from dataclasses import dataclass

from edgesdk.errors import UsageError

HANG = "hang"  # it starts and never finishes
LATE = "late"  # it finishes, and says so some time later
NOTHING = "nothing"  # it says at once that it is done, and has done nothing
SILENT = "interrupt"  # its interrupt gets lost
FLIP = "flip"  # bits of its weights have flipped
BUS = "bus"  # its registers do not answer any more
IDENTITY = "identity"  # something else is in the fabric
MAP, NUMERICS, WEIGHTS = "map", "numerics", "weights"  # it speaks another version of these
KINDS = (HANG, LATE, NOTHING, SILENT, FLIP, BUS, IDENTITY, MAP, NUMERICS, WEIGHTS)
_LASTING = {BUS: "", IDENTITY: "identity", MAP: "map_version"}
_LASTING |= {NUMERICS: "numeric_version", WEIGHTS: "weight_version"}


@dataclass(frozen=True)
class Faults:
    """One kind of fault, or none. It befalls ``times`` starts of the block, after ``after`` others.

    ``flip`` counts passes over the weights instead. ``bus``, ``identity`` and the versions last
    once they are there; ``seconds`` is how late.
    """

    kind: str = ""
    after: int = 0
    times: int = 1
    seconds: float = 0.5

    def hits(self, kind: str, start: int) -> bool:
        """Whether this fault is there at that start of the block; they count from 0."""
        if self.kind != kind or start < self.after:
            return False
        return kind in _LASTING or start < self.after + self.times

    def wrong_output(self, start: int) -> str:
        """The output that reads wrongly after that start, or nothing."""
        return _LASTING.get(self.kind, "") if self.hits(self.kind, start) else ""


def parse_faults(text: str) -> Faults:
    """``KIND``, ``KIND:AFTER`` or ``KIND:AFTER:TIMES``. Raises ``UsageError`` (EDGE-02160)."""
    kind, *numbers = text.split(":")
    whole = len(numbers) <= 2 and all(n.isascii() and n.isdigit() and len(n) < 7 for n in numbers)
    if kind not in KINDS or not whole:
        raise UsageError(
            f"There is no fault {text[:40]!r} of the emulated accelerator",
            evidence=f"known: {', '.join(KINDS)}",
            next_step="Write KIND, KIND:AFTER or KIND:AFTER:TIMES; both count starts of the block",
            code=160,
        )
    return Faults(kind, *map(int, numbers))
