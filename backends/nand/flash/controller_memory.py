"""Writes to the memory that the flash's controller keeps its tables in: operations that the power
may go during, like those of the flash itself. What is cut leaves a part from the beginning.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .faults import Power
from .host_files import explained
from .plain_files import replace_whole, write_from


def appended(path: Path, at: int, data: bytes, power: Power, *, sync: bool) -> None:
    """Write ``data`` behind the first ``at`` bytes, over what is there.

    With ``sync`` it returns only when the data would survive a cut of the host's own power. Raises
    ``LinkFailed`` (EDGE-0640).
    """
    cut = power.starts()
    with explained(path):
        write_from(path, at, data[: _left(data, power)] if cut else data, sync=sync)
    if cut:
        raise power.gone()


def replaced(path: Path, data: bytes, power: Power) -> None:
    """Put a new file in the place of an old one, whole or not at all.

    Raises ``LinkFailed`` (EDGE-0640).
    """
    cut = power.starts()
    with explained(path):
        if cut:
            new = path.with_name(path.name + ".new")
            write_from(new, 0, data[: _left(data, power)], sync=False)
            raise power.gone()
        replace_whole(path, data)


def overwritten(path: Path, data: bytes, power: Power) -> None:
    """Overwrite a file in place; its twin is whole meanwhile, and it is on the disk before its
    twin may be overwritten. Raises ``LinkFailed`` (EDGE-0640)."""
    appended(path, 0, data, power, sync=True)


def _left(data: bytes, power: Power) -> int:
    """How many bytes a cut leaves, by the kind of tear."""
    size = len(data)
    if power.faults.tear == "random":
        chance = np.random.default_rng([power.faults.seed, power.operations])
        return int(chance.integers(0, size))
    return {"nothing": 0, "almost": size - 1}.get(power.faults.tear, size // 2)
