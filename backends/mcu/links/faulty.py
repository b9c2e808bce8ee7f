"""A link around a link that goes wrong in chosen ways, the same for the same seed."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from ..link import Link
from .socket_link import gone

_DELIMITER = b"\0"


class FaultyLink:
    """What is written is a frame; what is read is cut into frames at zeros. Order is kept.

    ``bit_errors`` is the chance of each bit; ``drop``, ``double`` and ``delay`` those of each
    frame, a delayed one being ``late`` seconds late, with everything behind it; all of these both
    ways. ``stall`` seconds pass before every ``stall_every``-th frame that is sent. After
    ``cut_after`` frames sent the line is gone.
    """

    def __init__(
        self,
        inner: Link,
        *,
        seed: int = 0,
        bit_errors: float = 0.0,
        drop: float = 0.0,
        double: float = 0.0,
        delay: float = 0.0,
        late: float = 0.0,
        stall: float = 0.0,
        stall_every: int = 0,
        cut_after: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        chances = _Chances(bit_errors, drop, double, delay)
        self._out = _Direction(chances, random.Random(f"{seed} out"))
        self._in = _Direction(chances, random.Random(f"{seed} in"))
        self._inner, self._clock, self._sleep = inner, clock, sleep
        self._late, self._stall, self._stall_every = late, stall, stall_every
        self._cut_after = cut_after
        self._unfinished = b""
        self._under_way: deque[tuple[float, bytes]] = deque()  # when it arrives, what
        self.frames = 0  # sent

    @property
    def flipped(self) -> int:
        """Bits, both ways, so far."""
        return self._out.flipped + self._in.flipped

    def write(self, data: bytes) -> None:
        """Send all bytes, or what is left of them."""
        if self._cut_after is not None and self.frames >= self._cut_after:
            raise gone(f"the fault injector ended it after {self._cut_after} frames")
        self.frames += 1
        if self._stall_every and self.frames % self._stall_every == 0:
            self._sleep(self._stall)
        frames, delayed = self._out.carry(data)
        if delayed:
            self._sleep(self._late)
        for frame in frames:
            self._inner.write(frame)

    def read(self, seconds: float) -> bytes:
        """What has arrived, or what is left of it; empty when nothing has, maybe early."""
        if not self._arrived():
            until = self._under_way[0][0] if self._under_way else self._clock() + seconds
            self._take(self._inner.read(min(seconds, max(until - self._clock(), 0.0))))
        data = b""
        while self._arrived():
            data += self._under_way.popleft()[1]
        return data

    def close(self) -> None:
        """Let go of the line."""
        self._inner.close()

    def _arrived(self) -> bool:
        return bool(self._under_way) and self._under_way[0][0] <= self._clock()

    def _take(self, data: bytes) -> None:
        *frames, self._unfinished = (self._unfinished + data).split(_DELIMITER)
        for frame in frames:
            copies, delayed = self._in.carry(frame + _DELIMITER)
            due = self._clock() + (self._late if delayed else 0.0)
            last = self._under_way[-1][0] if self._under_way else due
            self._under_way.extend((max(due, last), copy) for copy in copies)


@dataclass(frozen=True)
class _Chances:
    bit_errors: float
    drop: float
    double: float
    delay: float


class _Direction:
    """One way of the line, with random numbers of its own."""

    def __init__(self, chances: _Chances, numbers: random.Random) -> None:
        self._chances, self._random = chances, numbers
        self._good_bits = self._gap()
        self.flipped = 0

    def carry(self, frame: bytes) -> tuple[list[bytes], bool]:
        """What arrives when a frame is sent, and whether late."""
        damaged = self._flip(frame)
        copies = 2 if self._happens(self._chances.double) else 1
        copies = 0 if self._happens(self._chances.drop) else copies
        return [damaged] * copies, self._happens(self._chances.delay)

    def _happens(self, chance: float) -> bool:
        return chance > 0 and self._random.random() < chance

    def _flip(self, frame: bytes) -> bytes:
        """Flip bits at the given rate, counted on from frame to frame."""
        bits = 8 * len(frame)
        if self._good_bits >= bits:
            self._good_bits -= bits
            return frame
        damaged = bytearray(frame)
        while self._good_bits < bits:
            damaged[self._good_bits // 8] ^= 1 << self._good_bits % 8
            self.flipped += 1
            self._good_bits += 1 + self._gap()
        self._good_bits -= bits
        return bytes(damaged)

    def _gap(self) -> int:
        """Bits until the next error."""
        rate = self._chances.bit_errors
        return int(self._random.expovariate(rate)) if rate > 0 else 1 << 62
