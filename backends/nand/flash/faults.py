"""What can go wrong with an emulated flash, by name: ``cut@120``, ``cut@120+tear@half+seed@3``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk.errors import LinkFailed, UsageError

Bytes = NDArray[np.uint8]

TEARS = ("random", "half", "end", "almost", "nothing")
_COUNTED = r"0*[1-9][0-9]{0,11}"  # from 1 on
NUMBERS = {"cut": _COUNTED, "program": _COUNTED, "erase": _COUNTED, "seed": r"[0-9]{1,12}"}
_KNOWN = (
    "known: cut@N, program@N, erase@N (the N-th operation, program or erase, from 1), "
    f"tear@{'|'.join(TEARS)}, worn@SHARE, seed@N"
)


@dataclass(frozen=True)
class Faults:
    """Faults by number. Operations, programs and erases count from 1 since the flash was opened.

    ``cut``: the operation (program, erase, write of the controller's memory) during which the
    power goes. ``tear``: what that leaves of it. ``program`` and ``erase``: the one that fails.
    ``worn``: share of the good blocks that fail when they are erased. 0: never.
    """

    cut: int = 0
    tear: str = "random"
    program: int = 0
    erase: int = 0
    worn: float = 0.0
    seed: int = 0


NO_FAULTS = Faults()


def power_cut(operation: int) -> LinkFailed:
    """The power of the flash went; nothing answers until it is opened again."""
    return LinkFailed(
        "The power of the flash was cut",
        evidence=f"during operation {operation} since it was opened",
        next_step="Deploy again: what was there stays, and programming goes on where it broke",
        code=40,
    )


class Power:
    """Counts operations, and goes off at the one that ``faults`` names."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.operations = 0
        self._off = False

    def starts(self) -> bool:
        """One more operation; true if the power goes during it.

        Raises ``LinkFailed`` (EDGE-0640) after that.
        """
        if self._off:
            raise power_cut(self.faults.cut)
        self.operations += 1
        self._off = self.operations == self.faults.cut
        return self._off

    def gone(self) -> LinkFailed:
        """What to raise when that operation has left its trace."""
        return power_cut(self.operations)

    def torn(self, old: Bytes, new: Bytes) -> Bytes:
        """What is left of an operation that was to make ``new`` of ``old``; uint8, same shape."""
        return torn(old, new, self.faults, self.operations)


def torn(old: Bytes, new: Bytes, faults: Faults, operation: int) -> Bytes:
    """Part of the change: by ``faults.tear`` each bit by chance, the first or the other half, all
    but the last byte or nothing."""
    result: Bytes = old.copy()
    if faults.tear == "random":
        chance = np.random.default_rng([faults.seed, operation])
        done = chance.integers(0, 256, old.shape, np.uint8)
        result ^= (old ^ new) & done
    elif faults.tear != "nothing":
        half, size = old.size // 2, old.size
        first, last = {"half": (0, half), "end": (half, size), "almost": (0, size - 1)}[faults.tear]
        result.reshape(-1)[first:last] = new.reshape(-1)[first:last]
    return result


def parse_faults(text: str) -> Faults:
    """``NAME@VALUE``, several with ``+`` between. Raises ``UsageError`` (EDGE-02255)."""
    found: dict[str, Any] = {}
    for part in text.split("+"):
        name, _, value = part.partition("@")
        if name in found:
            raise _unknown(part, f"{name} is there twice")
        if name in NUMBERS and re.fullmatch(NUMBERS[name], value):
            found[name] = int(value)
        elif name == "tear" and value in TEARS:
            found[name] = value
        elif name == "worn" and re.fullmatch(r"0?\.[0-9]{1,9}|0|1", value):
            found[name] = float(value)
        else:
            raise _unknown(part, _KNOWN)
    return Faults(**found)


def _unknown(part: str, why: str) -> UsageError:
    return UsageError(
        f"There is no fault {part[:40]!r} of the emulated flash",
        evidence=why,
        next_step="Write one of these, or several with + between: cut@120+tear@half",
        code=255,
    )
