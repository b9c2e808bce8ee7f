"""Opening a model to measure it: how long it took, and how much memory it needed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from ..peak_memory import PeakMemory
from .figures import MEASURED, NOT_MEASURED, Figure, told

T = TypeVar("T")
_ALONE = "opened once, the engine's libraries too; files may be in the system's cache"
_LATER = "opened once, after another model or a compilation: libraries may be there already"


class Opening:
    """Opens one model. ``figures`` then tells what that took, and the memory until it was asked.

    ``local``: the model runs in this process. ``alone``: nothing was opened or compiled before.
    ``emulated``: the device is software, and what is measured of it says so.
    """

    def __init__(self, *, local: bool, alone: bool = True, emulated: bool = False) -> None:
        self._alone, self.emulated = alone, emulated
        self._meter = PeakMemory() if local else None
        self._took = 0.0

    def open(self, how: Callable[[], T]) -> T:
        """What ``how`` opens."""
        started = time.perf_counter()
        session = how()
        self._took = time.perf_counter() - started
        return session

    def figures(self) -> dict[str, Figure]:
        """``load_time``, ``peak_memory``, ``energy``; to be asked after the warm-up."""
        note = _ALONE if self._alone else _LATER
        found = {
            "load_time": Figure(self._took, "s", MEASURED, note),
            **self._memory(),
            "energy": Figure(None, "J", NOT_MEASURED, "no meter"),
        }
        return told(found, self.emulated)

    def _memory(self) -> dict[str, Figure]:
        if self._meter is None:
            return {"peak_memory": Figure(None, "B", NOT_MEASURED, "the model runs elsewhere")}
        peak, growth, method = self._meter.read()
        if peak is None:
            return {"peak_memory": Figure(None, "B", NOT_MEASURED, method)}
        whose = "whole process" if self._alone else "whole process, what was done before it too"
        before = "over the process just before opening"
        if not self._alone:
            before += "; what was loaded or free there already is not in it"
        return {
            "peak_memory": Figure(peak, "B", MEASURED, f"{whose}, up to warm-up; {method}"),
            "peak_memory_growth": Figure(growth, "B", MEASURED, before),
        }
