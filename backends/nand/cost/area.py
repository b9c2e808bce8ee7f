"""The area of compute cores, where it is known."""

from __future__ import annotations

from dataclasses import dataclass

from ..design.design import Design


@dataclass(frozen=True)
class Area:
    """In mm2; None where it is not known, or where there are no cores.

    ``cores``: of all compute cores, buffers included. ``dies``: of all flash dies, without them.
    """

    cores: float | None
    dies: float | None

    @property
    def share(self) -> float | None:
        """What cores add to dies."""
        return self.cores / self.dies if self.cores and self.dies else None

    @property
    def total(self) -> float | None:
        """Of both."""
        return None if self.cores is None or self.dies is None else self.cores + self.dies


def area(design: Design) -> Area:
    """Of the whole device; that of its NPU is not known for any preset."""
    cores = design.cores * design.core_area_um2 / 1e6 if design.compute else 0.0
    dies = design.cores * design.die_area_mm2
    known = cores > 0 or not design.compute
    return Area(cores if known else None, dies or None)
