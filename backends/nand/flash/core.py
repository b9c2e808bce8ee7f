"""The compute core of a die: an input buffer, partial sums, and products with a page's weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..design.design import Design
from ..mapping.tile import SUM_BYTES
from ..quantise.codes import unpacked
from .cells import Refusal
from .faults import Bytes

Sums = NDArray[np.int64]

INT8, INT4, TWO_BITS = 0, 1, 2  # weight formats
BITS = {INT8: 8, INT4: 4, TWO_BITS: 2}


class Correct(Protocol):
    """A correction unit: data uint8 [page] and code uint8 [spare - 32] of a page, and the mode's
    number, to corrected data uint8 [page]. Raises ``KeyError`` of a mode that it does not know."""

    def __call__(self, data: Bytes, code: Bytes, mode: int) -> Bytes:
        """The data, corrected."""


@dataclass(frozen=True)
class Request:
    """What READ-COMPUTE asks: a tile of ``rows`` x ``inputs`` weights, one page."""

    rows: int
    weight_format: int
    correction: int  # mode of the correction unit; 0: none
    accumulate: bool  # add to the sums of the request before
    reserved: int = 0  # bits that have no meaning

    @classmethod
    def unpack(cls, column: bytes) -> Request:
        """From the two column cycles of the command."""
        first, second = column
        return cls(1 << (first & 31), first >> 5, second & 7, bool(second & 8), second >> 4)

    def pack(self) -> bytes:
        """The two column cycles."""
        power = self.rows.bit_length() - 1
        return bytes((power | self.weight_format << 5, self.correction | int(self.accumulate) << 3))


class Core:
    """``result_bytes``: of a result on the channel, 2 (saturated) or 4."""

    def __init__(self, design: Design, correct: Correct | None = None) -> None:
        self._design, self._correct = design, correct
        self.result_bytes = design.result_bytes
        self.can_correct = correct is not None
        self.corrects = self.can_correct
        self._inputs: NDArray[np.int64] | None = None
        self._input_bytes = 1
        self._sums: Sums | None = None

    def load(self, told: bytes, data: bytes) -> Refusal:
        """Take inputs, little-endian int8 or int16; after a refusal there are none.

        ``told``: see ``inputs_told``.
        """
        self._inputs = None
        size, count = told[0] + 1, int.from_bytes(told[1:4], "little")
        if size > 2 or told[4]:
            return Refusal.FORMAT
        if count * size != len(data):
            return Refusal.INPUT
        if not 0 < len(data) <= self._design.core_buffer_bytes:
            return Refusal.BUFFER
        self._inputs = np.frombuffer(data, f"<i{size}").astype(np.int64)
        self._input_bytes = size
        return Refusal.NONE

    def refused(self, request: Request) -> Refusal:
        """Whether the core takes a request, before the array is read."""
        bits = BITS.get(request.weight_format)
        if bits is None or request.reserved or (self._design.page_bytes * 8 // bits) % request.rows:
            return Refusal.FORMAT
        inputs = self._design.page_bytes * 8 // bits // request.rows
        if self._inputs is None or len(self._inputs) != inputs:
            return Refusal.INPUT
        if inputs * self._input_bytes + request.rows * SUM_BYTES > self._design.core_buffer_bytes:
            return Refusal.BUFFER
        if request.accumulate and (self._sums is None or len(self._sums) != request.rows):
            return Refusal.INPUT
        return Refusal.CORRECTION if request.correction and not self.corrects else Refusal.NONE

    def microseconds(self) -> float:
        """To multiply a page: of any format, since 4-bit weights go twice as fast as 8-bit ones."""
        return self._design.page_bytes / self._design.core_gmacs / 1e3

    def compute(self, request: Request, page: Bytes) -> bytes | Refusal:
        """Results of a page [page + spare]: little-endian, ``result_bytes`` each, one a row."""
        data, code = page[: self._design.page_bytes], page[self._design.page_bytes + 32 :]
        if request.correction and self._correct is not None:
            try:
                data = self._correct(data, code, request.correction)
            except KeyError:
                return Refusal.CORRECTION
        assert self._inputs is not None
        sums = weights(data, request.weight_format, request.rows) @ self._inputs
        if request.accumulate and self._sums is not None:
            sums += self._sums
        self._sums = sums
        limits = np.iinfo(f"<i{self.result_bytes}")
        results = np.clip(sums, limits.min, limits.max).astype(f"<i{self.result_bytes}")
        return bytes(results.tobytes())


def inputs_told(count: int, input_bytes: int) -> bytes:
    """The five address cycles of LOAD INPUT: 0 or 1 for int16, how many, 0."""
    return bytes((input_bytes - 1, *count.to_bytes(3, "little"), 0))


def weights(data: Bytes, weight_format: int, rows: int) -> NDArray[np.int64]:
    """Weights of a page, int64 [rows, inputs]; in a byte the lowest bits come first."""
    bits = BITS[weight_format]
    return unpacked(data, data.size * 8 // bits, bits).astype(np.int64).reshape(rows, -1)
