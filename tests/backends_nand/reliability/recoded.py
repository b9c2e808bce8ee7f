"""Pages whose spare has another code than they were written with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgesdk_backends.nand.ecc.page_code import CODE_START, PageCode


def recoded(raw: NDArray[np.uint8], code: PageCode, threads: int = 1) -> NDArray[np.uint8]:
    """A copy of pages [n, page and spare] with this code in the spare, whatever was there."""
    pages: NDArray[np.uint8] = raw.copy()
    end = code.page_bytes + CODE_START + code.size
    pages[:, code.page_bytes + CODE_START : end] = code.encode(pages[:, : code.page_bytes], threads)
    pages[:, end:] = 0xFF
    return pages
