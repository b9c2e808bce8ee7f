"""Reading vectors and texts of a TFLite file through its schema's library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..flatbuffer import Malformed

if TYPE_CHECKING:
    from flatbuffers.table import Table


class Budget:
    """How many numbers may still be read: a small file can name one long vector very often."""

    def __init__(self, numbers: int) -> None:
        self.left = numbers

    def spend(self, numbers: int) -> None:
        """Take some. Raises ``Malformed`` when there are not so many left."""
        self.left -= numbers
        if self.left < 0:
            raise Malformed("its vectors are too long, all together")


def int32_field(table: Table, number: int) -> int:
    """A field of a table as the file has it, 0 where it is missing."""
    from flatbuffers.number_types import Int32Flags

    value: int = table.GetSlot(4 + 2 * number, 0, Int32Flags)
    return value


def integers(vector: object) -> tuple[int, ...]:
    """A vector of the library, which gives 0 for one that is not there."""
    return () if isinstance(vector, int) else tuple(np.asarray(vector).tolist())


def text(value: bytes | None) -> str:
    """A string of the file, readable even where it is not UTF-8 or has control characters."""
    decoded = (value or b"").decode("utf-8", "backslashreplace")
    return decoded if decoded.isprintable() else decoded.encode("unicode_escape").decode()
