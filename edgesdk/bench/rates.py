"""Tokens a second over all timed runs: a session itself tells only those of its last one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol, runtime_checkable

import numpy as np

from ..backend import Session
from .figures import Figure

_LAST = "the last run"  # what such a session calls it in its notes


@runtime_checkable
class TellsParts(Protocol):
    """A session whose runs have parts that have a speed: reading a prompt, and writing."""

    @property
    def took(self) -> Mapping[str, tuple[int, float]]:
        """Tokens and seconds of the last run's parts, by the names of their figures."""


class Rates:
    """Collects the parts of each run of a session; one without parts has none."""

    def __init__(self, session: Session) -> None:
        self._session = session if isinstance(session, TellsParts) else None
        self._seen: dict[str, list[float]] = {}  # tokens a second of each run

    def collect(self) -> None:
        """Of the run that was timed just now."""
        parts = self._session.took if self._session is not None else {}
        for name, (tokens, seconds) in parts.items():
            if tokens and seconds > 0:
                self._seen.setdefault(name, []).append(tokens / seconds)

    def over_all(self, figures: Mapping[str, Figure]) -> dict[str, Figure]:
        """The figures, with the median of all runs in place of the last run's."""
        found = dict(figures)
        for name in self._seen.keys() & figures.keys():
            rates = self._seen[name]
            note = figures[name].note.replace(_LAST, f"median of {_counted(len(rates))}")
            found[name] = replace(figures[name], value=float(np.median(rates)), note=note)
        return found


def _counted(runs: int) -> str:
    return "1 run" if runs == 1 else f"{runs} runs"
