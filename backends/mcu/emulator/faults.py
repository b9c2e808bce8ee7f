"""What is to go wrong."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

TEARS = ("none", "half", "almost", "noise")


@dataclass(frozen=True)
class Faults:
    """The faults of one emulated board. All repeat exactly with the same ``seed``.

    ``cut``: power is cut at that operation of the flash; 1 is the first since the emulator started,
    a word programmed or a page erased; 0: never. ``tear``: how much of it still happens: ``none``,
    ``half``, ``almost`` all, or ``noise`` (each bit that would change may). ``flip``: bit errors
    per bit that is read from flash outside the boot stage; which bits are wrong is drawn anew at
    every start of the power. ``stall_after``: once so many bytes have come after the start of the
    power, the board takes none for ``stall_seconds``.
    """

    cut: int = 0
    tear: str = "none"
    flip: float = 0.0
    seed: int = 0
    stall_after: int = 0
    stall_seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.tear not in TEARS:
            raise ValueError(f"tear must be one of {TEARS}")


def from_text(text: str) -> Faults:
    """The faults that ``to_text`` wrote."""
    return Faults(**json.loads(text))


def to_text(faults: Faults) -> str:
    """For another process."""
    return json.dumps(asdict(faults))


class PowerCut(Exception):
    """The power has gone, at the operation that was asked for."""
