"""The state file of one model: which slot is active. Its replacement is the commit of a deploy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

FORMAT = 1
NAME = "state.json"
SLOTS = ("a", "b")
LARGEST = 4096  # bytes; a state file has under 200
_HIGHEST = 2**32 - 1  # security counter


@dataclass(frozen=True)
class State:
    """Which slot is active, which one ``rollback`` returns to, and the security counter.

    No active slot: nothing was ever installed, or it was removed and only the counter stays.
    """

    active: str | None = None
    previous: str | None = None
    security_counter: int = 0

    @property
    def slots(self) -> tuple[str, ...]:
        """The slots that hold something to keep."""
        return tuple(slot for slot in (self.active, self.previous) if slot is not None)

    @property
    def inactive(self) -> str:
        """The slot that the next deploy fills."""
        return "b" if self.active == "a" else "a"

    def encode(self) -> bytes:
        """The content of the state file."""
        document = {
            "active": self.active,
            "format": FORMAT,
            "previous": self.previous,
            "security_counter": self.security_counter,
        }
        checksum = hashlib.sha256(_canonical(document)).hexdigest()
        return _canonical({**document, "checksum": checksum})

    @classmethod
    def decode(cls, data: bytes) -> State:
        """Read a state file's content. Raises ``ValueError`` saying what is wrong."""
        try:
            document = json.loads(data)
            state = cls(*(document[k] for k in ("active", "previous", "security_counter")))
            same = state.encode() == data
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise ValueError(f"not a state file ({type(error).__name__})") from None
        if not same:
            raise ValueError("its checksum does not match")
        if not state._sensible():
            raise ValueError("it names slots or a counter that cannot be")
        return state

    def _sensible(self) -> bool:
        return (
            self.active in (*SLOTS, None)
            and self.previous in (*SLOTS, None)
            and (self.previous is None or self.active not in (None, self.previous))
            and type(self.security_counter) is int
            and 0 <= self.security_counter <= _HIGHEST
        )


def _canonical(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
