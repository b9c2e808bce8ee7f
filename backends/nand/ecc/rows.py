"""Arrays of bytes, one page a row, as C takes them: where they begin and how far rows lie apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..native_library import ffi


def check_rows(rows: NDArray[np.uint8], width: int, count: int | None = None) -> None:
    """Raise ``ValueError`` unless rows is uint8 [count, width] with whole rows."""
    if rows.dtype != np.uint8 or rows.ndim != 2 or rows.shape[1] != width:
        raise ValueError(f"not uint8 [n, {width}]: {rows.dtype} {list(rows.shape)}")
    if count is not None and len(rows) != count:
        raise ValueError(f"{len(rows)} rows for {count} pages")
    if (width > 1 and rows.strides[1] != 1) or (len(rows) > 1 and rows.strides[0] < width):
        raise ValueError(f"rows are not whole: strides {list(rows.strides)}")


def start(rows: NDArray[np.uint8]) -> tuple[Any, int]:
    """``const uint8_t *`` of the first row, and the bytes from one row to the next."""
    return ffi.cast("const uint8_t *", rows.ctypes.data), rows.strides[0]


def writable_start(rows: NDArray[np.uint8]) -> tuple[Any, int]:
    """The same as ``uint8_t *``, of rows that may be written."""
    if not rows.flags.writeable:
        raise ValueError("the rows are read-only")
    return ffi.cast("uint8_t *", rows.ctypes.data), rows.strides[0]
