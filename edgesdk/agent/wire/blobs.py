"""The bytes that go with a request or a result: cut into ``data`` frames, and put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .frames import broken
from .messages import MOST_DATA, Data

Blob = bytes | memoryview


def pieces(id: int, blobs: Sequence[Blob]) -> Iterator[Data]:
    """The ``data`` frames of a request's or a result's blobs; an empty blob has none."""
    for blob in blobs:
        view = memoryview(blob).cast("B") if len(blob) else b""
        for at in range(0, len(view), MOST_DATA):
            yield Data(id, bytes(view[at : at + MOST_DATA]))


class Gathering:
    """Blobs of promised sizes, as their bytes come. Takes memory for what came, not for a claim."""

    def __init__(self, id: int, sizes: Sequence[int]) -> None:
        self.id = id
        self._missing = list(sizes)  # bytes of each blob
        self._pieces: list[list[bytes]] = [[] for _ in sizes]
        self._at = 0  # the blob whose bytes are coming
        self._skip()

    @property
    def complete(self) -> bool:
        """Whether all of them are here."""
        return self._at == len(self._missing)

    def add(self, piece: Data) -> None:
        """The next bytes. Raises ``LinkFailed`` (EDGE-0650) for more than was promised."""
        if piece.id != self.id or len(piece.data) > sum(self._missing):
            raise broken(f"{len(piece.data)} bytes of data for {piece.id}; "
                         f"{sum(self._missing)} for {self.id} were to come")  # fmt: skip
        rest = piece.data
        while rest:
            taken = rest[: self._missing[self._at]]
            self._pieces[self._at].append(taken)
            self._missing[self._at] -= len(taken)
            rest = rest[len(taken) :]
            self._skip()

    def blobs(self) -> list[bytes]:
        """The blobs, once complete; to be asked once."""
        for pieces in self._pieces:
            pieces[:] = [b"".join(pieces)]  # one after the other: large ones take memory twice
        return [whole for (whole,) in self._pieces]

    def _skip(self) -> None:
        """Go on to the next blob that lacks something."""
        while self._at < len(self._missing) and not self._missing[self._at]:
            self._at += 1
