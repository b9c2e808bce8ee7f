"""What moves and what is computed for one token, as the costs need it."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Traffic:
    """For one token. Bytes of pages are whole pages as the array reads them, without spare bytes.

    ``core_bytes``: of pages that cores compute on; ``npu_bytes``: of pages that the NPU or host
    reads. ``channel_bytes``: on all channels, inputs and results included. ``dram_bytes``: cache
    read and written, and weights where they pass through. ``page_reads``: array reads of pages.
    """

    seconds: float
    core_bytes: float
    npu_bytes: float
    channel_bytes: float
    link_bytes: float
    dram_bytes: float
    core_macs: float
    npu_macs: float
    page_reads: float

    def times(self, count: float) -> Traffic:
        """So many times."""
        return Traffic(*(getattr(self, f.name) * count for f in fields(Traffic)))
