"""GET FEATURES and SET FEATURES: four bytes at each address."""

from __future__ import annotations

from . import opcodes as op
from .core import Core
from .die_array import DieArray

FEATURE_BYTES = 4


class Features:
    """Of a die, whose ``array`` knows why it last said FAIL. What is not known reads as zeros."""

    def __init__(self, core: Core | None, array: DieArray) -> None:
        self._core, self._array = core, array

    def get(self, address: int) -> bytes:
        """The four bytes."""
        value = 0
        if address == op.LAST_REFUSAL:
            value = int(self._array.last)
        elif self._core is not None and address == op.CORRECTION_UNIT:
            value = int(self._core.corrects)
        elif self._core is not None and address == op.RESULT_BYTES:
            value = self._core.result_bytes
        return bytes((value, 0, 0, 0))

    def set(self, address: int, data: bytes) -> None:
        """Take what the first byte may be; anything else changes nothing."""
        core, value = self._core, data[0]
        if core is None:
            return
        if address == op.CORRECTION_UNIT and value in (0, 1):
            core.corrects = bool(value) and core.can_correct
        elif address == op.RESULT_BYTES and value in (2, 4):
            core.result_bytes = value
