"""Log-mel rows in fixed point, as ``firmware/lib/features/logmel_rows.h`` computes them.

They are the rows of :mod:`edgesdk.sensing.logmel` in the integers of a model's int8 input, equal to
the bit on every device. Settings and tables of a front end are one part of a sensing program.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DoesNotFit, InputMismatch
from ..native import ffi, lib
from .feature_tables import quarter_sine

LOWEST = 40.0  # Hz: where the first band begins
FLOOR = 1e-8  # energy, where that of a full-scale sine is 1
FULL_SCALE = 32768


@dataclass(frozen=True)
class _Made:
    """A part, and what C reads: settings that point into memory."""

    content: bytes
    settings: Any
    memory: Any


@dataclass(frozen=True)
class Rows:
    """A front end. ``scale`` and ``zero`` are those of the model's input, in natural logarithms.

    ``window`` is the length of the spectrum too. Bands lie from 40 Hz to half the rate.
    """

    scale: float
    zero: int
    rate: int = 16000
    window: int = 1024
    hop: int = 625
    mels: int = 64

    @property
    def scratch(self) -> int:
        """Bytes of RAM that a device needs while it computes a row."""
        return int(self._made.settings.scratch)

    def part(self) -> bytes:
        """Settings and tables for the device. Raises ``DoesNotFit`` (EDGE-0990)."""
        return self._made.content

    @cached_property
    def _made(self) -> _Made:
        try:
            return _checked(_part(self))
        except (ArithmeticError, ValueError) as error:
            raise DoesNotFit(
                "No device computes these log-mel rows",
                evidence=f"{error}; asked for: {self}",
                next_step="Take a window of 4 * 2^a * 3^b * 5^c samples up to 16384, a hop of at "
                "most that, and the scale and zero point of the model's int8 input",
                code=90,
            ) from None

    def of_windows(self, samples: NDArray[np.int16]) -> NDArray[np.int8]:
        """int16[count, window] -> int8[count, mels], each window by itself.

        Raises ``InputMismatch`` (EDGE-0264) for another dtype or shape.
        """
        if samples.dtype != np.int16 or samples.ndim != 2 or samples.shape[1] != self.window:
            raise _mismatch(f"int16[count, {self.window}]", samples)
        settings = self._made.settings
        scratch = ffi.new("int32_t[]", settings.scratch // 4)
        rows = np.empty((len(samples), self.mels), np.int8)
        for window, row in zip(np.ascontiguousarray(samples), rows, strict=True):
            source, target = ffi.from_buffer("int16_t[]", window), ffi.from_buffer("int8_t[]", row)
            lib.edge_logmel_row(settings, source, target, scratch)
        return rows

    def of_clip(self, samples: NDArray[np.int16]) -> NDArray[np.int8]:
        """int16[count * hop] -> int8[count, mels]; before the first sample there is silence.

        Row t looks at the window that ends where hop t ends, as ``log_mel`` does. Raises
        ``InputMismatch`` (EDGE-0264) unless the clip is a whole number of hops.
        """
        if samples.dtype != np.int16 or samples.ndim != 1 or samples.size % self.hop:
            raise _mismatch(f"int16[count * {self.hop}]", samples)
        if not samples.size:
            return np.empty((0, self.mels), np.int8)
        heard = np.concatenate([np.zeros(self.window - self.hop, np.int16), samples])
        windows = np.lib.stride_tricks.sliding_window_view(heard, self.window)[:: self.hop]
        return self.of_windows(windows)

    def real(self, rows: NDArray[np.int8]) -> NDArray[np.float32]:
        """What the integers stand for: natural logarithms of energy."""
        steps = rows.astype(np.float32) - np.float32(self.zero)
        found: NDArray[np.float32] = np.float32(self.scale) * steps
        return found


def to_int16(audio: NDArray[np.float32]) -> NDArray[np.int16]:
    """Samples of -1..1 as a device hears them, rounded; what is beyond counts as full scale."""
    return np.clip(np.rint(audio * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def _part(rows: Rows) -> bytes:
    positions = _positions(rows)
    first = int(np.argmax(positions >= 0))
    bands, weights = np.divmod(positions[first:], 1.0)
    counts = np.bincount(bands.astype(np.int64), minlength=rows.mels + 1)
    # |FFT|^2 of a full-scale sine, in units of energy
    loudest = (FULL_SCALE * rows.window / 4.0) ** 2 / 2.0 ** lib.edge_logmel_unit(rows.window)
    header = {
        "format": lib.EDGE_LOGMEL_FORMAT,
        "rate": rows.rate,
        "window": rows.window,
        "hop": rows.hop,
        "mels": rows.mels,
        "first_bin": first,
        "bins": len(weights),
        "floor": round(FLOOR * loudest),
        "offset": round(math.log2(loudest) * 2**lib.EDGE_LOG2_BITS),
        "gain": round(math.log(2.0) / rows.scale * 2**lib.EDGE_LOGMEL_GAIN_BITS),
        "zero": rows.zero,
    }
    tables = (
        quarter_sine(rows.window).astype("<u4"),
        counts.astype("<u2"),
        np.rint(weights * 2**lib.EDGE_LOGMEL_WEIGHT_BITS).astype("<u2"),
    )
    settings = bytes(ffi.buffer(ffi.new("struct edge_logmel_part *", header)))
    return settings + b"".join(table.tobytes() for table in tables)


def _positions(rows: Rows) -> NDArray[np.float64]:
    """Of the bins below half the rate, in bands: band m has its centre at m + 1."""
    hertz = np.arange(rows.window // 2, dtype=np.float64) * (rows.rate / rows.window)
    low, high = _mel(np.array([LOWEST, rows.rate / 2.0]))
    found: NDArray[np.float64] = (_mel(hertz) - low) / (high - low) * (rows.mels + 1)
    return found


def _mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = 2595.0 * np.log10(1.0 + hertz / 700.0)
    return found


def _checked(content: bytes) -> _Made:
    memory = ffi.new("uint64_t[]", len(content) // 8 + 1)
    ffi.memmove(memory, content, len(content))
    settings = ffi.new("struct edge_logmel *")
    if not lib.edge_logmel_check(ffi.cast("uint8_t *", memory), len(content), settings):
        raise ValueError("the device's code refuses these sizes or numbers")
    return _Made(content, settings, memory)


def _mismatch(wanted: str, samples: NDArray[Any]) -> InputMismatch:
    return InputMismatch(
        f"The log-mel front end takes {wanted}, got {samples.dtype}{list(samples.shape)}",
        next_step="Give mono audio of the front end's rate as int16, in whole windows or hops",
        code=64,
    )
