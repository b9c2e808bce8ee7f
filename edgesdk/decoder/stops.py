"""Stop strings in a text that comes in pieces: nothing is shown that may turn out to be one."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import UsageError

MOST_STOPS = 64
LONGEST_STOP = 1024  # characters


class StopStrings:
    """Passes a text on up to the first stop string; ``found`` is that string, "" until then.

    What may be the beginning of a stop string is kept back until it is known to be none. Raises
    ``UsageError`` (EDGE-02145) for an empty stop string, a very long one, or too many.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        if len(stops) > MOST_STOPS or not all(0 < len(stop) <= LONGEST_STOP for stop in stops):
            raise UsageError(
                "The stop strings are not as they must be",
                evidence=f"at most {MOST_STOPS}, each of 1 to {LONGEST_STOP} characters",
                code=145,
            )
        self._stops = tuple(stops)
        self._kept = ""
        self.found = ""

    def push(self, text: str) -> str:
        """Take the next piece. Returns what may be shown now."""
        if self.found:
            return ""
        self._kept += text
        if self._find():
            return self._release(self._kept.index(self.found))
        return self._release(len(self._kept) - self._promising())

    def finish(self) -> str:
        """The text has ended. Returns what was kept back."""
        return "" if self.found else self._release(len(self._kept))

    def _find(self) -> bool:
        """Whether a stop string has come; the one that begins first, of those the longest."""
        places = [(self._kept.find(stop), -len(stop), stop) for stop in self._stops]
        hits = sorted(place for place in places if place[0] >= 0)
        self.found = hits[0][2] if hits else ""
        return bool(hits)

    def _promising(self) -> int:
        """Length of the longest end of the text that begins a stop string."""
        return max((_overlap(self._kept, stop) for stop in self._stops), default=0)

    def _release(self, count: int) -> str:
        shown, self._kept = self._kept[:count], self._kept[count:]
        return shown


def _overlap(text: str, stop: str) -> int:
    most = min(len(text), len(stop) - 1)
    return next((n for n in range(most, 0, -1) if text.endswith(stop[:n])), 0)
